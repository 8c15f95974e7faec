import { watchStalls } from "./stalls.ts";

/* Loaded before a service (`NODE_OPTIONS=--require`), it tells apart a process that is slow and one that is kept waiting. */

if (process.env.RELIABILITY_STALLS_DIR !== undefined) watchStalls(process.env.RELIABILITY_STALLS_DIR);
