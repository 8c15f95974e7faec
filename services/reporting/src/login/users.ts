import { createHash } from "node:crypto";
import { hashPassword, isPasswordHash, isPasswordOf } from "@vigia/access";

/** A viewer reads; an operator acts as well. */
export const ROLES = ["viewer", "operator"] as const;
export type Role = (typeof ROLES)[number];

export interface User {
  readonly name: string;
  readonly role: Role;
  readonly passwordHash: string;
}

const NAME = /^[\p{L}\p{N}_@.-]{1,64}$/u;

/** Users as `name:role:hash`, with white space between. What is wrong is said by place and name, without any hash. */
export function readUsers(text: string): { readonly users: readonly User[]; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const users = text
    .split(/\s+/)
    .filter((entry) => entry !== "")
    .map((entry, index): User => {
      const [name = "", role = "", passwordHash = "", ...more] = entry.split(":");
      const at = `entry ${index + 1}`;
      if (!NAME.test(name)) problems.push(`${at} has no name that is fit: letters, digits and _ @ . - alone`);
      if (!isRole(role)) problems.push(`${at} (${name}) must have one of the roles ${ROLES.join(" and ")}`);
      if (!isPasswordHash(passwordHash) || more.length > 0) {
        problems.push(`${at} (${name}) has no hash of a password; \`vigia web-user\` makes the entry`);
      }
      return { name, role: role as Role, passwordHash };
    });
  for (const [index, { name }] of users.entries()) {
    if (users.findIndex((other) => other.name === name) < index) problems.push(`${name} is there twice`);
  }
  return { users, problems };
}

function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text);
}

/** The user with this name and password. It takes as long where there is no such name. */
export async function authenticate(users: readonly User[], name: string, password: string): Promise<User | undefined> {
  const user = users.find((one) => one.name === name);
  nobodysHash ??= hashPassword("");
  const isRight = await isPasswordOf(user?.passwordHash ?? (await nobodysHash), password);
  return isRight ? user : undefined;
}

let nobodysHash: Promise<string> | undefined;

/** Another as soon as the user's password is: sessions that hold the old one are over. */
export function stampOf({ passwordHash }: User): string {
  return createHash("sha256").update(passwordHash).digest("base64url");
}
