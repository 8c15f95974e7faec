import type { EventFragment, Interface, ParamType } from "ethers";
import type { EventRule, ProfileDocument } from "./schema.ts";

const ADDRESS = /^address$/;
const AMOUNT = /^uint\d*$/;
const ID = /^(bytes32|uint256|address)$/;

/** What a profile says that its ABI does not hold; each mistake names its event and field. */
export function findMistakes(document: ProfileDocument, abi: Interface): string[] {
  const rules = Object.entries(document.events);
  const mistakes = rules.flatMap(([name, rule]) => eventMistakes(name, rule, abi));
  if (!rules.some(([, rule]) => rule.creates)) mistakes.push("events: none of them creates an escrow");
  return [...mistakes, ...stateMistakes(document.state, abi)];
}

function eventMistakes(name: string, rule: EventRule, abi: Interface): string[] {
  const at = `events.${name}`;
  const event = findEvent(abi, name);
  if (!event) return [`${at}: the ABI has no event "${name}"`];
  if (event.anonymous) return [`${at}: an anonymous event cannot be told from others`];
  const mistakes = [argumentMistake(event, `${at}.escrow`, rule.escrow, ID)];
  if (typeof rule.balance === "object") {
    for (const [effect, argument] of Object.entries(rule.balance)) {
      mistakes.push(argumentMistake(event, `${at}.balance.${effect}`, argument, AMOUNT));
    }
  }
  for (const [field, argument] of Object.entries(rule.creates ?? {})) {
    mistakes.push(argumentMistake(event, `${at}.creates.${field}`, argument, field === "amount" ? AMOUNT : ADDRESS));
  }
  if (rule.creates && !rule.leadsTo)
    mistakes.push(`${at}.leadsTo: the event that creates an escrow must name its state`);
  return mistakes.filter((mistake) => mistake !== undefined);
}

function stateMistakes(state: ProfileDocument["state"], abi: Interface): string[] {
  const call = find(() => abi.getFunction(state.call));
  if (!call) return [`state.call: the ABI has no function "${state.call}"`];
  const mistakes = [
    outputMistake(call.outputs, state.call, "state.status", state.status, AMOUNT),
    outputMistake(call.outputs, state.call, "state.balance", state.balance, AMOUNT),
    call.inputs.length === 1 ? undefined : `state.call: "${state.call}" must take the escrow's id and nothing else`,
    ...state.names.map((entry, number) =>
      Object.keys(entry).length === 1 ? undefined : `state.names.${number}: must be one name with its state`,
    ),
  ];
  return mistakes.filter((mistake) => mistake !== undefined);
}

function argumentMistake(event: EventFragment, at: string, name: string, type: RegExp): string | undefined {
  return parameterMistake(event.inputs, `the event ${event.name} has no argument`, at, name, type);
}

function outputMistake(outputs: readonly ParamType[], call: string, at: string, name: string, type: RegExp) {
  return parameterMistake(outputs, `the function ${call} returns no`, at, name, type);
}

function parameterMistake(
  parameters: readonly ParamType[],
  lacking: string,
  at: string,
  name: string,
  type: RegExp,
): string | undefined {
  const parameter = parameters.find((each) => each.name === name);
  if (!parameter) return `${at}: ${lacking} "${name}" (it has ${parameters.map((each) => each.name).join(", ")})`;
  if (!type.test(parameter.type)) return `${at}: "${name}" is of type ${parameter.type}, which cannot be used here`;
  return undefined;
}

export function findEvent(abi: Interface, name: string): EventFragment | null {
  return find(() => abi.getEvent(name));
}

/** ethers throws where a name is ambiguous. */
function find<T>(search: () => T | null): T | null {
  try {
    return search();
  } catch {
    return null;
  }
}
