import { ZERO_ADDRESS } from "../rpc/address.ts";
import type { Arguments } from "./decoder.ts";

/** What values are read from: a log that was decoded. The address is lower case. */
export interface ToldLog {
  readonly address: string;
  readonly arguments: Arguments;
}

/** Reads one value of a log; `undefined` where its record does not hold it. */
export type Value = (log: ToldLog) => unknown;

/** The contract that emitted the log. */
export const OWN_ADDRESS = "$address";
const WORDS: Readonly<Record<string, string>> = { native: ZERO_ADDRESS, nobody: ZERO_ADDRESS };
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const NUMBER = /^\d+$/;

/** The value that a profile writes as itself, or `undefined` where it names an argument or the emitting address. */
export function literalOf(text: string): string | undefined {
  if (Object.hasOwn(WORDS, text)) return WORDS[text];
  return ADDRESS.test(text) || NUMBER.test(text) ? text.toLowerCase() : undefined;
}

/** Whether the value is read from the log's arguments. */
export function isArgument(text: string): boolean {
  return text !== OWN_ADDRESS && literalOf(text) === undefined;
}

/** Compiles a value once: it is read for each log. */
export function compileValue(text: string): Value {
  const literal = literalOf(text);
  if (literal !== undefined) return () => literal;
  if (text === OWN_ADDRESS) return (log) => log.address;
  const [name = "", ...members] = text.split(".");
  if (members.length === 0) return (log) => log.arguments[name];
  return (log) => members.reduce<unknown>(memberOf, log.arguments[name]);
}

function memberOf(tuple: unknown, name: string): unknown {
  return typeof tuple === "object" && tuple !== null ? (tuple as Record<string, unknown>)[name] : undefined;
}

/** Several values as one text, in which each can be found again: none of those that are allowed holds a colon. */
export function compileKey(texts: string | readonly string[]): (log: ToldLog) => string {
  const values = [texts].flat().map(compileValue);
  const [only] = values;
  if (only && values.length === 1) return (log) => String(only(log));
  return (log) => values.map((value) => String(value(log))).join(":");
}
