import { hashPassword } from "@vigia/access";
import { readSession, SESSION_SECONDS, writeSession } from "./session.ts";
import { authenticate, readUsers, type User } from "./users.ts";

const NOW = new Date("2030-01-01T00:00:00Z");
let hash: string;
let ana: User;

beforeAll(async () => {
  hash = await hashPassword("right");
  ana = { name: "ana", role: "operator", passwordHash: hash };
});

describe("readUsers", () => {
  it("reads entries with white space between", () => {
    expect(readUsers(` ana:operator:${hash}\nbea@example.org:viewer:${hash} `)).toEqual({
      users: [ana, { name: "bea@example.org", role: "viewer", passwordHash: hash }],
      problems: [],
    });
  });

  it.each([
    ["ana", ["entry 1 (ana) must have one of the roles", "entry 1 (ana) has no hash"]],
    ["ana:root:HASH", ["entry 1 (ana) must have one of the roles viewer and operator"]],
    ["ana:viewer:password", ["entry 1 (ana) has no hash of a password; `vigia web-user` makes the entry"]],
    ["ana:viewer:HASH:more", ["entry 1 (ana) has no hash"]],
    [":viewer:HASH", ["entry 1 has no name"]],
    ["ana:viewer:HASH ana:operator:HASH", ["ana is there twice"]],
  ])("says what is wrong with %s, and no hash", (text, expected) => {
    const { problems } = readUsers(text.replaceAll("HASH", hash));
    expect(problems).toEqual(expected.map((problem) => expect.stringContaining(problem)));
    expect(problems.join()).not.toContain(hash);
  });
});

describe("authenticate", () => {
  it("knows a user by name and password alone", async () => {
    const bea: User = { name: "bea", role: "viewer", passwordHash: await hashPassword("hers") };
    expect(await authenticate([ana, bea], "ana", "right")).toBe(ana);
    expect(await authenticate([ana, bea], "ana", "hers")).toBeUndefined();
    expect(await authenticate([ana, bea], "nobody", "right")).toBeUndefined();
    // What takes a name's place where there is no such name lets nobody in.
    expect(await authenticate([ana, bea], "nobody", "")).toBeUndefined();
  });
});

describe("a session", () => {
  const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000);

  it("names its user, with the role of today, until its end", () => {
    const text = writeSession(ana, NOW);
    expect(readSession(text, [ana], later(SESSION_SECONDS - 1))).toEqual({
      ...{ id: expect.any(String), name: "ana", role: "operator" },
      until: later(SESSION_SECONDS),
    });
    expect(readSession(text, [{ ...ana, role: "viewer" }], NOW)).toMatchObject({ role: "viewer" });
    expect(readSession(text, [ana], later(SESSION_SECONDS))).toBeUndefined();
    expect(readSession(writeSession(ana, NOW), [ana], NOW)?.id).not.toBe(readSession(text, [ana], NOW)?.id);
  });

  it("is over where its user is gone or has another password", async () => {
    const text = writeSession(ana, NOW);
    expect(readSession(text, [], NOW)).toBeUndefined();
    expect(readSession(text, [{ ...ana, passwordHash: await hashPassword("right") }], NOW)).toBeUndefined();
    expect(readSession("nonsense", [ana], NOW)).toBeUndefined();
  });
});
