/** The servers that Vigia needs around it. */
export type ServerName = "nats" | "redis" | "postgres" | "anvil";

export const SERVER_NAMES: readonly ServerName[] = ["nats", "redis", "postgres", "anvil"];
