import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
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
 * Compiles the contracts of this package from their sources.
 *
 * @param sourceDir The folder of the `.sol` files.
 * @returns One artefact for each of {@link CONTRACTS}, in that order.
 * @throws Error with the compiler's own words for any error, and for a warning about our own sources.
 */
export function compileContracts(sourceDir: string): Artifact[] {
  return compileFiles(CONTRACTS.map((name) => join(sourceDir, `${name}.sol`)));
}

/**
 * Compiles the contracts that these files are named after; imports come from node_modules or from beside them, nothing
 * from the network.
 *
 * @param paths Of files, or of files of packages, as an import names them.
 * @returns One artefact for each path, in that order.
 * @throws Error with the compiler's own words for any error, and for a warning about sources of no package.
 */
export function compileFiles(paths: readonly string[]): Artifact[] {
  const files = paths.map((path) => ({ path, unit: isPackaged(path) ? path : basename(path) }));
  const folders = [...new Set(paths.map(dirname))];
  const sources = Object.fromEntries(files.map(({ path, unit }) => [unit, { content: read(path) }]));
  const input = JSON.stringify({ language: "Solidity", sources, settings: SETTINGS });
  const output = JSON.parse(
    solc.compile(input, { import: (path: string) => readImport(path, folders) }),
  ) as CompilerOutput;
  const complaints = (output.errors ?? []).filter(isOurs);
  if (complaints.length > 0) throw new Error(complaints.map((each) => each.formattedMessage).join("\n"));

  return files.map(({ unit }) => {
    const contractName = basename(unit, ".sol");
    const contract = output.contracts?.[unit]?.[contractName];
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
  return complaint.severity === "error" || !isPackaged(complaint.sourceLocation?.file ?? "");
}

function isPackaged(path: string): boolean {
  return path.startsWith("@openzeppelin/");
}

function read(path: string): string {
  return readFileSync(isPackaged(path) ? require.resolve(path) : path, "utf8");
}

function readImport(path: string, folders: readonly string[]): { contents: string } | { error: string } {
  const places = isPackaged(path) ? [path] : folders.map((folder) => join(folder, path));
  for (const place of places) {
    try {
      return { contents: read(place) };
    } catch {
      // It may be in the next folder.
    }
  }
  return { error: `there is no ${path} in ${places.join(" or ")}` };
}
