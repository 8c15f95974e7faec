import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "@vigia/runtime";
import { openFollowed } from "./follow/open.ts";
import { settings } from "./settings.ts";

const ADDRESS = `0x${"12".repeat(20)}`;
const MARKET = join(__dirname, "testing/profiles/market.yaml");

describe("the file of the contracts to follow", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "vigia-contracts-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it.each<[string, object[], string]>([
    ["a contract twice", [{ profile: "reference" }, { profile: "reference" }], "followed twice"],
    ["a further contract that is nowhere", [{ profile: MARKET }], "contracts.vault.address: no event announces it"],
    ["a further contract of no use", [{ profile: "reference", contracts: { vault: ADDRESS } }], 'there is no "vault"'],
    ["no address", [{ profile: "reference", address: "0x1" }], "0.address: must be an address"],
    ["a field that nobody knows", [{ profile: "reference", start: 1 }], "0: "],
    ["nothing", [], "contracts.yaml: "],
    ["a contract of a chain without endpoints", [{ profile: "reference", chain: 5 }], "no endpoint of chain 5"],
  ])("is refused with %s", async (_case, entries, problem) => {
    const path = join(folder, "contracts.yaml");
    writeFileSync(path, JSON.stringify(entries.map((entry) => ({ address: ADDRESS, ...entry }))));
    const values = { CHAIN_ID: 1, CHAIN_RPC_URL: "http://127.0.0.1:1", ESCROW_CONTRACTS: path };
    const opening = openFollowed(settings.parse(values), createLogger("contracts-file-test", "fatal"));
    await expect(opening).rejects.toThrow(problem);
  });
});
