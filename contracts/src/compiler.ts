import { readFileSync } from "node:fs";
import { join } from "node:path";
import solc from "solc";
import type { AbiEntry, Artifact } from "./artifact.ts";

export const CONTRACTS = ["ReferenceEscrow", "TestToken"] as const;

/** Paris has no opcode that a smaller chain may lack; no metadata hash, so that the bytecode depends on the code alone. */
const SETTINGS = {
  evmVersion: "paris",
  optimizer: { enabled: true, runs: 200 },
  metadata: { bytecodeHash: "none" },
  outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
};

interface Complaint {
  readonly severity: string;
  readonly formattedMessage: string;
  readonly sourceLocation?: { readonly file: string };
}

interface CompilerOutput {
  readonly errors?: readonly Complaint[];
  readonly contracts?: Record<string, Record<string, { abi: AbiEntry[]; evm: { bytecode: { object: string } } }>>;
}

/**
 * Compiles the contracts from their sources; imports come from node_modules, nothing from the network.
 *
 * @param sourceDir The folder of the `.sol` files.
 * @returns One artefact for each of {@link CONTRACTS}, in that order.
 * @throws Error with the compiler's own words for any error, and for a warning about our own sources.
 */
export function compileContracts(sourceDir: string): Artifact[] {
  const sources = Object.fromEntries(
    CONTRACTS.map((name) => [`${name}.sol`, { content: readFileSync(join(sourceDir, `${name}.sol`), "utf8") }]),
  );
  const input = JSON.stringify({ language: "Solidity", sources, settings: SETTINGS });
  const output = JSON.parse(solc.compile(input, { import: readImport })) as CompilerOutput;
  const complaints = (output.errors ?? []).filter(isOurs);
  if (complaints.length > 0) throw new Error(complaints.map((each) => each.formattedMessage).join("\n"));

  return CONTRACTS.map((contractName) => {
    const contract = output.contracts?.[`${contractName}.sol`]?.[contractName];
    if (contract === undefined) throw new Error(`the compiler returned no contract ${contractName}`);
    const bytecode = `0x${contract.evm.bytecode.object}`;
    return { contractName, compiler: solc.version(), abi: contract.abi, bytecode };
  });
}

/** The text of an artefact's file: equal artefacts have equal texts. */
export function artifactText(artifact: Artifact): string {
  return `${JSON.stringify(artifact, null, 2)}\n`;
}

function isOurs(complaint: Complaint): boolean {
  return complaint.severity === "error" || !complaint.sourceLocation?.file.startsWith("@openzeppelin/");
}

function readImport(path: string): { contents: string } | { error: string } {
  try {
    return { contents: readFileSync(require.resolve(path), "utf8") };
  } catch (error) {
    return { error: String(error) };
  }
}
