import "./sources.ts";
import { closeRun } from "../run.ts";

/** Ends PostgreSQL and whatever a test file started and did not stop, and removes their data. */
export default async function globalTeardown(): Promise<void> {
  await closeRun();
}
