import { setTimeout as sleep } from "node:timers/promises";
import { jetstream, jetstreamManager, StorageType } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { Pool } from "pg";
import type { Benchmark, Contender, Scene } from "../contender.ts";
import { startServiceProcess } from "../processes.ts";
import { peakMbOf } from "../service-process.ts";

const PER_SECOND = "events per second";
const MEMORY = "most memory, MB; less is better";
const POLL_MS = 50;
/** As many as our relay has on their way at a time. */
const IN_FLIGHT = 500;
const AGGREGATES = 1_000;

/** Written by Postgres, so that whoever measures has none of them in memory. */
const WAITING = `
INSERT INTO vigia.outbox (id, subject, source, aggregate, headers, payload)
SELECT id, 'vigia.event.order.expired.' || id, 'cleanup', 'order:' || n % $2,
       jsonb_build_object('ce-id', id, 'Nats-Msg-Id', id, 'ce-type', 'vigia.order.changed', 'ce-source', 'cleanup',
                          'ce-specversion', '1.0', 'ce-time', now(), 'ce-subject', 'order:' || n % $2),
       jsonb_build_object('orderId', id, 'status', 'expired', 'reason', repeat('its time passed ', 10), 'n', n)
  FROM generate_series(1, $1::int) AS n, LATERAL (SELECT gen_random_uuid() || ':' || n AS id) AS made`;
/** To count all of them would take from Postgres what is measured. */
const LEFT = "SELECT FROM vigia.outbox WHERE relayed_at IS NULL LIMIT 1";

/** What has piled up while the bus was away: how fast one service relays it, and how much memory that takes. */
export const outbox: Benchmark = {
  unit: "events per second, or MB, as the case says",
  samples: "rounds",
  rounds: 1,
  prepare: async (scene) => [relay(scene), await publish(scene)],
};

function relay({ servers, options, onClose }: Scene): Contender {
  const pool = new Pool({ connectionString: servers.postgresUrl, max: 1 });
  onClose(() => pool.end());
  return {
    name: "outbox and relay, a service of its own",
    role: "ours",
    async measure() {
      await pool.query(WAITING, [options.waiting, AGGREGATES]);
      await pool.query("ANALYZE vigia.outbox");
      const service = await startServiceProcess("cleanup", servers.environment);
      try {
        const startedAt = performance.now();
        while ((await pool.query(LEFT)).rowCount) await sleep(POLL_MS);
        const seconds = (performance.now() - startedAt) / 1_000;
        const peakMb = peakMbOf(service);
        return {
          [PER_SECOND]: [options.waiting / seconds],
          ...(peakMb === undefined ? {} : { [MEMORY]: [peakMb] }),
        };
      } finally {
        await service.kill("SIGTERM");
      }
    },
  };
}

/** The same number of messages of about that size, which nobody has to note as published. */
async function publish({ servers, options, onClose }: Scene): Promise<Contender> {
  const connection = await connect({ servers: servers.natsUrl });
  onClose(() => connection.close());
  const manager = await jetstreamManager(connection);
  const client = jetstream(connection);
  await manager.streams.add({ name: "BENCH", subjects: ["bench.>"], storage: StorageType.File });
  return {
    name: "bare JetStream publish",
    role: "limit",
    async measure() {
      const body = JSON.stringify({
        orderId: "x".repeat(40),
        status: "expired",
        reason: "its time passed ".repeat(10),
      });
      const startedAt = performance.now();
      for (let from = 0; from < options.waiting; from += IN_FLIGHT) {
        const count = Math.min(IN_FLIGHT, options.waiting - from);
        const some = Array.from({ length: count }, (_, index) => `${from + index}`);
        await Promise.all(some.map((id) => client.publish(`bench.${id}`, body, { msgID: id })));
      }
      return { [PER_SECOND]: [options.waiting / ((performance.now() - startedAt) / 1_000)] };
    },
  };
}
