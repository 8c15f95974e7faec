import { InvalidArgumentError } from "commander";

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

function wholeNumber(text: string, lowest: number, what: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < lowest || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError(`It must be ${what}.`);
  }
  return value;
}
