import { randomBytes } from "node:crypto";
import { SERVICES } from "./service.ts";

export type Server = "nats" | "redis" | "postgres";

/** The person at a terminal, and what is done in their name: gives commands, reads everything, changes nothing else. */
export const OPERATOR = "operator";
/** The marketplace's backend. It meets Vigia in the database alone. */
export const MARKETPLACE = "marketplace";

const everywhere = [...SERVICES.map(({ name }) => name), OPERATOR];

/** Who logs in where. */
export const IDENTITIES_OF: Readonly<Record<Server, readonly string[]>> = {
  nats: everywhere,
  redis: everywhere,
  postgres: [...everywhere, MARKETPLACE],
};

/** By server and identity. */
export type Passwords = Readonly<Record<Server, Readonly<Record<string, string>>>>;

/** The name that an identity logs in with, the same on every server. */
export function loginOf(identity: string): string {
  return `vigia-${identity}`;
}

/** New passwords, another for each identity on each server; those that are `kept` stay. They are fit for a URL. */
export function makePasswords(kept: Partial<Passwords> = {}): Passwords {
  const make = (server: Server) => ({
    ...Object.fromEntries(IDENTITIES_OF[server].map((identity) => [identity, makePassword()])),
    ...kept[server],
  });
  return { nats: make("nats"), redis: make("redis"), postgres: make("postgres") };
}

export function makePassword(): string {
  return randomBytes(24).toString("base64url");
}

/** Where the servers are: URLs, whose own logins are of no account. */
export type Places = Readonly<Record<Server, string>>;

export const URL_SETTINGS = { nats: "NATS_URL", redis: "REDIS_URL", postgres: "DATABASE_URL" } as const;

export type UrlSettings = Readonly<Record<(typeof URL_SETTINGS)[Server], string>>;

/** The settings by which an identity reaches the servers; a URL is empty where it has no login. */
export function settingsOf(identity: string, places: Places, passwords: Passwords): UrlSettings {
  const url = (server: Server) => {
    const password = passwords[server][identity];
    return password === undefined ? "" : withLogin(places[server], identity, password);
  };
  return { NATS_URL: url("nats"), REDIS_URL: url("redis"), DATABASE_URL: url("postgres") };
}

/** One login holds for all servers that a URL names. */
function withLogin(url: string, identity: string, password: string): string {
  return url.replace(/^([a-z-]+:\/\/)(?:[^@/]*@)?/, `$1${loginOf(identity)}:${password}@`);
}
