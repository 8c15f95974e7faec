import { connect } from "@nats-io/transport-node";
import { Redis } from "ioredis";
import { Pool } from "pg";

/** The least that a service has: Node, the three clients, a connection of each. */
async function main(): Promise<void> {
  const { NATS_URL = "", REDIS_URL = "", DATABASE_URL } = process.env;
  const nats = await connect({ servers: NATS_URL });
  const redis = new Redis(REDIS_URL);
  const pool = new Pool({ connectionString: DATABASE_URL, idleTimeoutMillis: 0 });
  await Promise.all([nats.flush(), redis.ping(), pool.query("SELECT 1")]);
  process.send?.("ready");
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
