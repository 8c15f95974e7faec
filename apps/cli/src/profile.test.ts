import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Chain, startChain } from "@vigia/testkit";
import { EXIT } from "./exit.ts";
import { call } from "./testing/call.ts";

const REFERENCE = join(__dirname, "../../../packages/chain/profiles/reference.yaml");

describe("profile check", () => {
  let chain: Chain;
  let folder: string;
  let ids: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "vigia-profile-"));
    chain = await startChain();
    ids = [];
    for (let count = 0; count < 3; count++) ids.push((await chain.createEscrow()).id);
    const [first = "", second = ""] = ids;
    await chain.fund(first);
    await chain.lock(first);
    await chain.release(first);
    await chain.fund(second);
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await chain.stop();
  });

  function profile(change: (text: string) => string): string {
    const path = join(folder, "profile.yaml");
    writeFileSync(path, change(readFileSync(REFERENCE, "utf8")));
    return path;
  }

  const check = async (file: string, ...more: string[]) => {
    const asked = call(["profile", "check", file, ...more]);
    return { exitCode: await asked.exitCode, stdout: asked.stdout(), stderr: asked.stderr() };
  };
  const onChain = (...more: string[]) => ["--rpc", chain.rpcUrl, "--address", chain.escrowAddress, ...more];

  it("says what the profile would do, in a table", async () => {
    const { exitCode, stdout } = await check("reference", ...onChain());
    expect(stdout).toMatch(/EscrowCreated +3\n/);
    expect(stdout).toMatch(/released +1\n/);
    expect(stdout).toContain("7 logs, 3 escrows");
    expect(stdout).toContain("The contract says the same of 3 escrows");
    expect(stdout).toContain(ids[0]);
    expect(exitCode).toBe(EXIT.ok);
  });

  it("says it as JSON", async () => {
    const { exitCode, stdout } = await check(REFERENCE, "--json", ...onChain("--from", "1"));
    expect(JSON.parse(stdout)).toMatchObject({
      profile: "reference",
      chainId: 31337,
      fromBlock: 1,
      isWhole: true,
      logs: 7,
      escrows: 3,
      statuses: { pending_deposit: 1, funded: 1, released: 1 },
      undecoded: [],
      illegal: [],
      state: { compared: 3, differences: [] },
    });
    expect(exitCode).toBe(EXIT.ok);
  });

  it("finds logs that it cannot read, escrows that nothing creates, and steps that are illegal", async () => {
    const path = profile((text) =>
      text
        .replace("  - event EscrowLocked(bytes32 indexed id, address indexed by, uint256 amount)\n", "")
        .replace("  EscrowLocked: { escrow: id, leadsTo: locked }\n", "")
        .replace("EscrowFunded: { escrow: id, leadsTo: funded,", "EscrowFunded: { escrow: id, leadsTo: split,"),
    );
    const { exitCode, stdout } = await check(path, "--json", ...onChain());
    const found = JSON.parse(stdout);
    expect(found.undecoded).toMatchObject([{ count: 1, examples: [{ blockNumber: expect.any(Number) }] }]);
    expect(found.illegal).toMatchObject([
      { what: "pending_deposit → split (EscrowFunded)", count: 2 },
      { what: "split → released (EscrowReleased)", count: 1 },
    ]);
    expect(found.state.differences).toMatchObject([
      { escrowId: ids[1], told: { status: "split" }, read: { status: "funded" } },
    ]);
    expect(exitCode).toBe(EXIT.failed);

    const late = await check("reference", "--json", ...onChain("--from", String(chain.startBlock + 4)));
    expect(JSON.parse(late.stdout).uncreated).toMatchObject([
      { what: "EscrowFunded", count: 2 },
      { what: "EscrowLocked", count: 1 },
      { what: "EscrowReleased", count: 1 },
    ]);
    expect(late.exitCode).toBe(EXIT.failed);
  });

  it("finds a state that no event told", async () => {
    const { id } = await chain.createEscrow();
    await chain.fund(id);
    await chain.withdrawSilently(id);
    const { exitCode, stdout } = await check("reference", ...onChain());
    expect(stdout).toMatch(/of 4 escrows, the contract says otherwise of 1/i);
    expect(stdout).toMatch(new RegExp(`${id} +funded 1000000 +refunded 0`));
    expect(exitCode).toBe(EXIT.failed);
  });

  it("names each mistake of a profile with its event and field", async () => {
    const path = profile((text) => text.replace("leadsTo: locked", "leadsTo: lokced"));
    const { exitCode, stderr } = await check(path);
    expect(stderr).toContain("events.EscrowLocked.leadsTo: ");
    expect(exitCode).toBe(EXIT.configuration);
    expect((await check("reference")).exitCode).toBe(EXIT.ok);
    expect((await check(join(folder, "none.yaml"))).stderr).toContain("cannot be read");
  });

  it("says what is wrong with where it is to look", async () => {
    const away = await check("reference", "--rpc", "http://127.0.0.1:1", "--address", chain.escrowAddress);
    expect(away).toMatchObject({ exitCode: EXIT.away, stderr: expect.stringContaining("does not answer") });
    expect(await check("reference", "--rpc", chain.rpcUrl)).toMatchObject({ exitCode: EXIT.usage });
    const nothing = await check("reference", "--rpc", chain.rpcUrl, "--address", chain.accounts.buyer);
    expect(nothing).toMatchObject({ exitCode: EXIT.failed, stderr: expect.stringContaining("there is no contract") });
    expect(await check("reference", ...onChain("--from", "9999"))).toMatchObject({ exitCode: EXIT.usage });
    expect((await check("reference", ...onChain("--contract", "vault"))).stderr).toContain("a name and an address");
  });
});
