import { id as hash } from "ethers";

/** A user of the demo marketplace, who signs with one of the dev chain's unlocked accounts. */
export interface User {
  readonly id: string;
  readonly name: string;
  readonly language: "en" | "es";
  readonly address: string;
  readonly operator: boolean;
}

/** The script's users are not the market's: the market leaves the script's orders alone. */
const CAST = [
  { name: "Alice", language: "en", account: 1, group: "market" },
  { name: "Bruno", language: "es", account: 2, group: "market" },
  { name: "Carla", language: "es", account: 3, group: "market" },
  { name: "David", language: "en", account: 4, group: "market" },
  { name: "Elena", language: "es", account: 5, group: "script" },
  { name: "Frank", language: "en", account: 6, group: "script" },
  { name: "Olivia", language: "en", account: 9, group: "operator" },
] as const;

export type UserGroup = (typeof CAST)[number]["group"];

/** The users of a group, with the addresses of the accounts that the chain's node holds for them. */
export function usersOf(group: UserGroup, accounts: readonly string[]): User[] {
  return CAST.filter((member) => member.group === group).map((member) => {
    const address = accounts[member.account];
    if (address === undefined)
      throw new Error(`the chain's node holds no account ${member.account} for ${member.name}`);
    return {
      id: uuidOf(`user ${member.name}`),
      name: member.name,
      language: member.language,
      address,
      operator: member.group === "operator",
    };
  });
}

/** The same uuid for the same text, always: version 8, the one for ids of one's own making. */
export function uuidOf(text: string): string {
  const hex = hash(text).slice(2);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
