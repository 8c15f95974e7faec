import { tablesOf } from "../testing/tables.ts";
import { describeChain } from "./chain.ts";

const ROWS = `
INSERT INTO vigia.endpoint_states (chain_id, endpoint, place, status, reason)
VALUES (1, 'b.example', 1, 'degraded', 'no answer'), (1, 'a.example', 2, 'well', NULL);
INSERT INTO vigia.endpoint_limits (chain_id, endpoint, block_limit) VALUES (1, 'a.example', 500);
INSERT INTO vigia.endpoint_untruths (chain_id, endpoint, kind, message, last_at)
VALUES (1, 'b.example', 'missing_log', 'left a log out', now()), (2, 'b.example', 'bloom', 'of another chain', now()),
       (1, 'b.example', 'bloom', 'long ago', now() - interval '8 days');
INSERT INTO vigia.missing_logs (chain_id, contract, block_number, log_index, event, transaction_hash)
VALUES (1, '0xc', 1, 0, 'E', '0x'), (1, '0xc', 2, 0, 'E', '0x');
INSERT INTO vigia.event_feed (id, subject, source, payload, at)
SELECT 'fork-' || n, 'vigia.event.chain.reorged.1', 's', '{}', now() - n * interval '4 days' FROM generate_series(1, 2) AS n;
INSERT INTO vigia.event_feed (id, subject, source, payload, at)
SELECT 'resync-' || n, 'vigia.event.chain.resync-progress.1', 's',
       jsonb_build_object('commandId', 'c-' || n % 2, 'chainId', 1, 'contract', '0xc', 'fromBlock', 1, 'toBlock', 9,
                          'doneBlock', n, 'logs', 0), now() + n * interval '1 second'
  FROM generate_series(1, 4) AS n;
INSERT INTO vigia.event_feed (id, subject, source, payload, at)
VALUES ('done', 'vigia.event.command.completed.chain-sync.resync', 's', '{"commandId":"c-0"}', now()),
       ('again', 'vigia.event.command.accepted.chain-sync.resync', 's', '{"commandId":"c-0"}', now());
`;

const database = tablesOf(ROWS);

it("tells of each endpoint whether it is well, what it takes, and what it said that is untrue", async () => {
  const { endpoints } = await describeChain(database);
  expect(endpoints).toMatchObject([
    { endpoint: "b.example", status: "degraded", reason: "no answer", blockLimit: null },
    { endpoint: "a.example", status: "well", reason: null, blockLimit: 500, untruths: [] },
  ]);
  expect(endpoints[0]?.untruths).toEqual([
    { kind: "missing_log", message: "left a log out", lastAt: expect.any(Date) },
  ]);
});

it("counts what was detected lately, by kind", async () => {
  const { detections } = await describeChain(database);
  expect(detections).toEqual([
    { kind: "missing-log", count: 2, lastAt: expect.any(Date) },
    { kind: "reorged", count: 1, lastAt: expect.any(Date) },
  ]);
});

it("tells of each resync how far it came, and whether it is done", async () => {
  const { resyncs } = await describeChain(database);
  expect(resyncs).toMatchObject([
    { commandId: "c-0", doneBlock: 4, toBlock: 9, status: "completed" },
    { commandId: "c-1", doneBlock: 3, toBlock: 9, status: "accepted" },
  ]);
});
