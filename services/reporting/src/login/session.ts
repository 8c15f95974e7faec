import { randomUUID } from "node:crypto";
import { z } from "zod";
import { type Role, stampOf, type User } from "./users.ts";

/** A working day; then one logs in again. */
export const SESSION_SECONDS = 12 * 3_600;

/** Who is logged in. */
export interface Session {
  /** That of this login alone. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly until: Date;
}

const schema = z.strictObject({ id: z.uuid(), name: z.string(), stamp: z.string(), until: z.number() });

/** What a session's cookie says, before it is signed. */
export function writeSession(user: User, now: Date): string {
  const session = {
    id: randomUUID(),
    name: user.name,
    stamp: stampOf(user),
    until: now.getTime() + SESSION_SECONDS * 1_000,
  };
  return Buffer.from(JSON.stringify(session)).toString("base64url");
}

/**
 * Whom a cookie names whose signature was found right. The role is that of today; undefined where the session is over,
 * or its user is gone or has another password.
 */
export function readSession(text: string, users: readonly User[], now: Date): Session | undefined {
  const { success, data } = schema.safeParse(parse(text));
  if (!success || data.until <= now.getTime()) return undefined;
  const user = users.find(({ name }) => name === data.name);
  return user && stampOf(user) === data.stamp
    ? { id: data.id, name: user.name, role: user.role, until: new Date(data.until) }
    : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}
