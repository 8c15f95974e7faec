import { readAddress } from "@vigia/chain";
import { InvalidArgumentError } from "commander";
import { CliError, EXIT } from "../exit.ts";

/** Readers of option values; what does not fit is a usage error that names the option. */
export function blockNumber(text: string): number {
  return wholeNumber(text, 0, "a block number: a whole number, 0 or more");
}

export function positiveNumber(text: string): number {
  return wholeNumber(text, 1, "a whole number, 1 or more");
}

/** The code of a check, as in `AMOUNT_MISMATCH`; small letters will do. */
export function checkCode(text: string): string {
  if (!/^\w+$/.test(text)) throw new InvalidArgumentError("It must be the code of a check, such as AMOUNT_MISMATCH.");
  return text.toUpperCase();
}

/** An address, in lower case. */
export function chainAddress(text: string): string {
  const address = readAddress(text);
  if (address) return address;
  throw new InvalidArgumentError(
    "It must be an address: 0x and 40 hexadecimal digits, with the right checksum if any.",
  );
}

/** `name=address`, added to those before. */
export function namedAddress(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [name = "", address = ""] = text.split("=");
  if (!name || !address) throw new InvalidArgumentError("It must be a name and an address, such as vault=0x12…");
  return { ...before, [name]: chainAddress(address) };
}

const SPAN_MS = { s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * An instant as ISO 8601 in UTC, from a time or from a span after (1) or before (-1) now. Throws `CliError`, naming the
 * option, where it is neither.
 */
export function instant(option: string, text: string, now: Date, direction: 1 | -1): string {
  const span = /^(\d+)(s|min|h|d)$/.exec(text);
  const at = span
    ? new Date(now.getTime() + direction * Number(span[1]) * SPAN_MS[span[2] as keyof typeof SPAN_MS])
    : new Date(text);
  if (Number.isNaN(at.getTime())) {
    throw new CliError(
      EXIT.usage,
      `${option}: "${text}" is neither a time, such as 2026-03-01T12:00Z, nor a span, such as 2h`,
    );
  }
  return at.toISOString();
}

function wholeNumber(text: string, lowest: number, what: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < lowest || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError(`It must be ${what}.`);
  }
  return value;
}
