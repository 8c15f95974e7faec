import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** What OWASP advises for scrypt: 32 MiB, three times over. The logarithm of the cost, block size, parallelism. */
const COST = [15, 8, 3] as const;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
/** Costs that a hash may name: none that is no hindrance, none that takes the machine. */
const HASH = /^scrypt\.(1[4-7])\.(\d)\.(\d)\.([\w-]{22})\.([\w-]{43})$/;

/** A password's hash as text of letters, digits, `.`, `-` and `_`, with its salt and what it cost. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await deriveKey(password, salt, ...COST);
  return ["scrypt", ...COST, salt.toString("base64url"), key.toString("base64url")].join(".");
}

/** Whether the text is what `hashPassword` makes. */
export function isPasswordHash(text: string): boolean {
  return HASH.test(text);
}

/** Whether the password is the one that was hashed; takes the same time either way. False where `hash` is no hash. */
export async function isPasswordOf(hash: string, password: string): Promise<boolean> {
  const [, log2Cost, blockSize, parallelism, salt = "", key = ""] = HASH.exec(hash) ?? [];
  if (!key) return false;
  const derived = await deriveKey(
    password,
    Buffer.from(salt, "base64url"),
    Number(log2Cost),
    Number(blockSize),
    Number(parallelism),
  );
  return timingSafeEqual(derived, Buffer.from(key, "base64url"));
}

function deriveKey(password: string, salt: Buffer, log2Cost: number, blockSize: number, parallelism: number) {
  const cost = 2 ** log2Cost;
  const maxmem = 256 * cost * blockSize;
  // One form for each character: whoever types it elsewhere may get another.
  return derive(password.normalize("NFKC"), salt, KEY_BYTES, { cost, blockSize, parallelization: parallelism, maxmem });
}
