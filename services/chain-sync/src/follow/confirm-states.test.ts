import { createEndpoints, type NamedReader, RpcError } from "@vigia/chain";
import { type Database, openDatabase } from "@vigia/database";
import { createLogger, type TaskResult } from "@vigia/runtime";
import { type Chain, createDatabase, startChain, type TestDatabase } from "@vigia/testkit";
import { settings } from "../settings.ts";
import { sync } from "../tasks/sync.ts";
import { verify } from "../tasks/verify.ts";
import { openOne } from "../testing/open-one.ts";
import { type Conditions, runTask } from "../testing/run-task.ts";
import { escrowRows } from "../testing/tables.ts";
import type { Followed } from "./followed.ts";

const log = createLogger("confirm-states-test", "fatal");

type ReadState = NamedReader["reader"]["state"];

describe("a state that differs from its row, with two endpoints", () => {
  let chain: Chain;
  let testDatabase: TestDatabase;
  let database: Database;
  let followed: Followed;
  let escrowId: string;
  let counted: string[];

  beforeEach(async () => {
    counted = [];
    [chain, testDatabase] = await Promise.all([startChain(), createDatabase()]);
    database = await openDatabase({ url: testDatabase.url, applicationName: "confirm-states-test" });
    const values = settings.parse({
      CHAIN_ID: chain.chainId,
      CHAIN_RPC_URL: chain.rpcUrl,
      ESCROW_ADDRESS: chain.escrowAddress,
    });
    followed = await openOne(values, log);
    ({ id: escrowId } = await chain.createEscrow());
    await chain.fund(escrowId);
    await runTask({ database, log }, sync([followed]));
  });
  afterEach(async () => {
    await database.close();
    await Promise.all([testDatabase.drop(), chain.stop()]);
  });

  /** The real node twice; the second one's word on the state is as given. */
  function verifyWith(change: (honest: ReadState) => ReadState, conditions?: Conditions): Promise<TaskResult> {
    const [one] = followed.endpoints.all;
    if (!one) throw new Error("there is no endpoint");
    const { reader } = one;
    const readers = [
      { name: "one", reader },
      { name: "other", reader: { ...reader, state: change(reader.state) } },
    ];
    const onProblem = (name: string, kind: string) => void counted.push(`${name} ${kind}`);
    const endpoints = createEndpoints(readers, { chainId: followed.chainId, onProblem });
    return runTask({ database, log }, verify([{ ...followed, endpoints }]), conditions);
  }

  async function inThePast(): Promise<(honest: ReadState) => ReadState> {
    const block = await chain.provider.getBlock(await chain.headBlock());
    const past = { number: block?.number ?? 0, hash: block?.hash ?? "" };
    return (honest) => (questions, _at, signal) => honest(questions, past, signal);
  }

  async function changeSilently(): Promise<void> {
    await chain.withdrawSilently(escrowId);
    await runTask({ database, log }, sync([followed]));
  }

  const status = async () => (await escrowRows(database)).get(escrowId)?.status;

  it("is applied where both give it", async () => {
    await changeSilently();
    expect(await verifyWith((honest) => honest)).toMatchObject({ corrected: 1, unclear: 0 });
    expect([await status(), counted]).toEqual(["refunded", []]);
  });

  it("is not applied where they disagree, and that is counted of both", async () => {
    const past = await inThePast();
    await changeSilently();
    const outcome = await verifyWith(past);
    expect(outcome).toMatchObject({ corrected: 0, unclear: 1 });
    expect(await status()).toBe("funded");
    expect(new Set(counted)).toEqual(new Set(["one other_state", "other other_state"]));
  });

  it("is not applied on one's word where the row changes after it was found to be the same", async () => {
    const past = await inThePast();
    await changeSilently();
    await verifyWith((honest) => honest);
    const beforeStep = async (step: number) => {
      if (step === 1)
        await database.query("UPDATE vigia.escrows SET status = 'funded' WHERE escrow_id = $1", [escrowId]);
    };
    expect(await verifyWith(past, { beforeStep })).toMatchObject({ corrected: 0, unclear: 1 });
    expect([await status(), counted]).toEqual(["funded", ["one other_state", "other other_state"]]);
  });

  it("waits where what the second one gives cannot be read, and nobody is blamed", async () => {
    await changeSilently();
    const unreadable =
      (honest: ReadState) =>
      async (...asked: Parameters<ReadState>) =>
        (await honest(...asked)).map(() => `0x${"ff".repeat(32)}`);
    expect(await verifyWith(unreadable)).toMatchObject({ corrected: 0, unclear: 1 });
    expect([await status(), counted]).toEqual(["funded", []]);
  });

  it("waits where no second one answers", async () => {
    await changeSilently();
    const away = () => () => Promise.reject(new RpcError("unreachable", "it is away"));
    expect(await verifyWith(away)).toMatchObject({ corrected: 0, unclear: 1 });
    expect(await status()).toBe("funded");
    expect(await verifyWith((honest) => honest)).toMatchObject({ corrected: 1 });
  });
});
