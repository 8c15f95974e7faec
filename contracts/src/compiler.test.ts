import { readFileSync } from "node:fs";
import { join } from "node:path";
import { artifactText, compileContracts } from "./compiler.ts";
import { ESCROW_STATES } from "./index.ts";

describe("the artefacts that are checked in", () => {
  const compiled = compileContracts(__dirname);

  it.each(compiled.map((artifact) => [artifact.contractName, artifact] as const))("%s is current", (name, artifact) => {
    // A difference means: run `npm run compile -w contracts` and check the result in.
    expect(readFileSync(join(__dirname, "artifacts", `${name}.json`), "utf8")).toBe(artifactText(artifact));
  });

  it("the list of states is the contract's enum, in its order", () => {
    const source = readFileSync(join(__dirname, "ReferenceEscrow.sol"), "utf8");
    const members = /enum State \{([^}]*)\}/
      .exec(source)?.[1]
      ?.split(",")
      .map((member) => member.trim());
    expect(members).toEqual([...ESCROW_STATES]);
  });
});
