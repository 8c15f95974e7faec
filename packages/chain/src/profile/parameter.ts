import type { ParamType } from "ethers";
import { nameOf } from "./codec.ts";
import { isArgument, literalOf, OWN_ADDRESS } from "./value.ts";

/** Types that a value may have in a place of a profile. */
export interface Wanted {
  readonly types: RegExp;
  /** Whether a value that is written as itself fits. */
  readonly literal: (text: string) => boolean;
}

const ADDRESS_TEXT = /^0x/;

export const ADDRESS: Wanted = { types: /^address$/, literal: (text) => ADDRESS_TEXT.test(text) };
export const AMOUNT: Wanted = { types: /^uint\d*$/, literal: (text) => !ADDRESS_TEXT.test(text) };
export const AMOUNTS: Wanted = { types: /^uint\d*(\[\d*\])?$/, literal: () => false };
/** A part of an escrow's id: ids stand in subjects, and their parts must be found again. */
export const ID: Wanted = { types: /^(bytes\d+|u?int\d*|address)$/, literal: () => true };
export const ANY: Wanted = { types: /./, literal: () => true };

/** Where values are looked for, and how it is called in a mistake. */
export interface Scope {
  readonly parameters: readonly ParamType[];
  /** As in `the event Paid has no argument`. */
  readonly lacking: string;
}

export function eventScope(event: { readonly name: string; readonly inputs: readonly ParamType[] }): Scope {
  return { parameters: event.inputs, lacking: `the event ${event.name} has no argument` };
}

export function outputScope(call: { readonly name: string; readonly outputs: readonly ParamType[] }): Scope {
  return { parameters: call.outputs, lacking: `the function ${call.name} returns no` };
}

/** What is wrong with a value in its place, in words. */
export function valueMistake(scope: Scope, at: string, text: string, wanted: Wanted): string | undefined {
  if (text === OWN_ADDRESS) return wanted.types.test("address") ? undefined : `${at}: an address cannot be used here`;
  const literal = literalOf(text);
  if (literal !== undefined) return wanted.literal(literal) ? undefined : `${at}: "${text}" cannot be used here`;
  return parameterMistake(scope, at, text, wanted);
}

/** As `valueMistake`, of a name that cannot be anything but a parameter's. */
export function parameterMistake({ parameters, lacking }: Scope, at: string, name: string, { types }: Wanted) {
  const parameter = parameterOf(parameters, name);
  if (!parameter) return `${at}: ${lacking} "${name}" (it has ${parameters.map(nameOf).join(", ")})`;
  if (!types.test(parameter.type)) {
    return `${at}: "${name}" is of type ${parameter.type}, which cannot be used here`;
  }
  const isHash = parameter.indexed && !/^(bytes\d+|u?int\d*|address|bool)$/.test(parameter.type);
  return isHash ? `${at}: "${name}" is indexed, so that the chain holds no more than its hash` : undefined;
}

/** The type of a value, where it is a parameter or a member of one. */
export function parameterOf(parameters: readonly ParamType[], text: string): ParamType | undefined {
  if (!isArgument(text)) return undefined;
  const [name, ...members] = text.split(".");
  let found = parameters.find((each, index) => nameOf(each, index) === name);
  for (const member of members) {
    found = found?.isTuple() ? found.components.find((each, index) => nameOf(each, index) === member) : undefined;
  }
  return found;
}
