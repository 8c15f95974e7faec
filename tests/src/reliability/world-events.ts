import { randomUUID } from "node:crypto";
import type { Database } from "@vigia/database";
import { SOURCE, stubborn, worldMoved } from "./events.ts";
import { eventTemperOf } from "./tempers.ts";

/** An event that comes about beside all services: whatever is away but Postgres, there are events that wait for the bus. */
export async function moveWorld(database: Database): Promise<void> {
  const id = randomUUID();
  const event = worldMoved({ temper: eventTemperOf(id) }, id);
  await database.transaction({ source: SOURCE }, (tx) => tx.emit(event));
}

/** One whose consumer fails at each try: its last one is some minutes away. */
export async function tellStubborn(database: Database): Promise<void> {
  await database.transaction({ source: SOURCE }, (tx) => tx.emit(stubborn({ temper: "stubborn" })));
}
