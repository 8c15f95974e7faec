import { isPasswordOf } from "@vigia/access";
import { EXIT } from "./exit.ts";
import { call } from "./testing/call.ts";

it("makes an entry whose hash lets its password in, and shows the password apart from it", async () => {
  const { exitCode, stdout, stderr } = call(["web-user", "ana", "--role", "operator"]);
  expect(await exitCode).toBe(EXIT.ok);
  const [, hash = ""] = /^ana:operator:(\S+)\n$/.exec(stdout()) ?? [];
  const [, password = ""] = /^The password of ana: (\S+)\n$/.exec(stderr()) ?? [];
  expect(await isPasswordOf(hash, password)).toBe(true);
});

it.each([
  ["a name that would end the entry", ["web-user", "ana:b", "--role", "viewer"], "is no name for a user"],
  ["no role", ["web-user", "ana"], "--role <role>"],
  ["an unknown role", ["web-user", "ana", "--role", "root"], "Allowed choices are viewer, operator"],
])("refuses %s", async (_what, args, message) => {
  const { exitCode, stderr } = call(args);
  expect([await exitCode, stderr()]).toEqual([EXIT.usage, expect.stringContaining(message)]);
});
