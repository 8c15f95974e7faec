import { hashPassword, isPasswordHash, isPasswordOf } from "./password.ts";

test("lets its password in, and no other; no two hashes of it are the same", async () => {
  const hash = await hashPassword("contraseña larga");
  expect(await isPasswordOf(hash, "contraseña larga")).toBe(true);
  expect(await isPasswordOf(hash, "contraseña larga".normalize("NFD"))).toBe(true);
  expect(await isPasswordOf(hash, "contraseña larg")).toBe(false);
  expect(await isPasswordOf(hash, "")).toBe(false);
  expect(await hashPassword("contraseña larga")).not.toBe(hash);
});

test("a hash is fit for a variable, says nothing of its password, and tells what is none", async () => {
  const hash = await hashPassword("secret");
  expect(hash).toMatch(/^[\w.-]+$/);
  expect(hash).not.toContain("secret");
  expect(isPasswordHash(hash)).toBe(true);
  for (const none of [
    "",
    "secret",
    hash.slice(1),
    `${hash}x`,
    hash.replace(".15.", ".03."),
    hash.replace(".15.", ".40."),
  ])
    expect([none, isPasswordHash(none), await isPasswordOf(none, "secret")]).toEqual([none, false, false]);
});
