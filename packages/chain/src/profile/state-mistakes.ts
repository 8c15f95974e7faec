import type { FunctionFragment, Interface } from "ethers";
import { type ContractDocument, type EventRef, find, isJoin, OWN_CONTRACT } from "./document.ts";
import { ADDRESS, AMOUNT, ANY, eventScope, outputScope, parameterMistake, valueMistake } from "./parameter.ts";
import type { BalanceSource, ProfileDocument, StateDocument } from "./schema.ts";
import { isArgument, OWN_ADDRESS } from "./value.ts";

type Mistakes = (string | undefined)[];

/** What is wrong with how a profile reads the true state. */
export function stateMistakes(
  document: ProfileDocument,
  state: StateDocument,
  contracts: readonly ContractDocument[],
  events: readonly EventRef[],
): Mistakes {
  const kind = state.of ?? OWN_CONTRACT;
  const contract = contracts.find((each) => each.kind === kind);
  if (!contract) return [`state.of: there is no "${kind}" among the contracts`];
  const creating = events.filter(({ rule, fragment }) => rule.creates && fragment);
  const mistakes: Mistakes = [
    ...whereMistakes(document, state, kind, creating),
    ...callMistakes(state, contract.abi, creating),
    ...meaningMistakes(state),
    ...balanceMistakes(state, contract.abi, creating),
  ];
  if (state.status === undefined && state.balance === undefined) {
    mistakes.push("state: must say where the status or the balance is read; without either, leave the state out");
  }
  return mistakes;
}

function whereMistakes(
  document: ProfileDocument,
  { of, at }: StateDocument,
  kind: string,
  creating: readonly EventRef[],
): Mistakes {
  const isAnnounced = kind !== OWN_CONTRACT && document.contracts[kind]?.address === undefined;
  if (!isAnnounced) return [at === undefined ? undefined : `state.at: it is known where ${of ?? "the contract"} is`];
  if (at !== undefined) return creationMistakes(creating, "state.at", at, ADDRESS);
  const elsewhere = creating.find(({ contract }) => contract.kind !== kind);
  return [elsewhere && `state.at: ${elsewhere.name} creates an escrow elsewhere: say where its ${kind} is`];
}

function callMistakes(state: StateDocument, abi: Interface, creating: readonly EventRef[]): Mistakes {
  const { call: name, status } = state;
  if (name === undefined) {
    return [
      status === undefined ? undefined : "state.status: without a call there is no output that could hold it",
      state.arguments === undefined ? undefined : "state.arguments: there is no call that takes them",
    ];
  }
  const call = find(() => abi.getFunction(name));
  if (!call) return [`state.call: the ABI has no function "${name}"`];
  return [
    ...argumentMistakes("state", call, state.arguments, creating),
    status === undefined ? undefined : parameterMistake(outputScope(call), "state.status", status, ANY),
  ];
}

function argumentMistakes(
  at: string,
  call: FunctionFragment,
  given: readonly string[] | undefined,
  creating: readonly EventRef[],
): Mistakes {
  const wanted = call.inputs.length;
  if (given) {
    if (given.length !== wanted) return [`${at}.arguments: "${call.name}" takes ${wanted}, not ${given.length}`];
    return given.flatMap((text, index) => {
      const type = call.inputs[index]?.type ?? "";
      return creationMistakes(creating, `${at}.arguments.${index}`, text, {
        types: new RegExp(`^${type.replace(/[[\]]/g, "\\$&")}$`),
        literal: () => true,
      });
    });
  }
  return creating.map(({ rule, name }) => {
    if (isJoin(rule.escrow)) return `${at}.arguments: ${name} takes its escrow's id from another event: name them`;
    const parts = [rule.escrow].flat().length;
    if (parts === wanted) return undefined;
    return `${at}.call: "${call.name}" takes ${wanted} arguments, and the escrow's id in ${name} has ${parts}: name them`;
  });
}

/** A value of the event that created the escrow: each event that creates one must have it. */
function creationMistakes(
  creating: readonly EventRef[],
  at: string,
  text: string,
  wanted: Parameters<typeof valueMistake>[3],
): Mistakes {
  return creating.map(({ fragment }) => fragment && valueMistake(eventScope(fragment), at, text, wanted)).map(orNone);
}

function orNone(mistake: string | null | undefined): string | undefined {
  return mistake ?? undefined;
}

function meaningMistakes({ status, names, means, balance }: StateDocument): Mistakes {
  const asks = Object.values(names ?? {}).some((each) =>
    Object.values(each).some((meaning) => typeof meaning === "object" && meaning !== null),
  );
  const isList = Array.isArray(names);
  const byBalance = isList ? asks : Object.values(names ?? {}).some((each) => typeof each === "object");
  return [
    status !== undefined && names === undefined ? "state.names: the status must be given a meaning" : undefined,
    status === undefined && names !== undefined ? "state.names: there is no status that they could name" : undefined,
    status !== undefined && means !== undefined ? "state.means: the names say what the status means" : undefined,
    (byBalance || means !== undefined) && balance === undefined
      ? "state.balance: what having or not having one means is said, but not where it is read"
      : undefined,
    ...(isList
      ? names.map((entry, number) =>
          Object.keys(entry).length === 1 ? undefined : `state.names.${number}: must be one name with its state`,
        )
      : []),
  ];
}

function balanceMistakes(state: StateDocument, abi: Interface, creating: readonly EventRef[]): Mistakes {
  const { balance, call: name } = state;
  const at = "state.balance";
  if (balance === undefined) return [];
  if (typeof balance === "string") {
    const call = name === undefined ? null : find(() => abi.getFunction(name));
    if (name === undefined) return [`${at}: without a call there is no output "${balance}"`];
    return [call ? parameterMistake(outputScope(call), at, balance, AMOUNT) : undefined];
  }
  if ("native" in balance) return creationMistakes(creating, `${at}.native`, balance.native, ADDRESS);
  if ("token" in balance) {
    return [
      ...creationMistakes(creating, `${at}.token`, balance.token, ADDRESS),
      ...creationMistakes(creating, `${at}.of`, balance.of, ADDRESS),
    ];
  }
  return balanceCallMistakes(at, balance, abi, creating);
}

function balanceCallMistakes(
  at: string,
  { call: name, arguments: given, output }: Extract<BalanceSource, { call: string }>,
  abi: Interface,
  creating: readonly EventRef[],
): Mistakes {
  const call = find(() => abi.getFunction(name));
  if (!call) return [`${at}.call: the ABI has no function "${name}"`];
  const isOnlyOne = call.outputs.length === 1 && AMOUNT.types.test(call.outputs[0]?.type ?? "");
  return [
    ...argumentMistakes(at, call, given, creating),
    output === undefined
      ? isOnlyOne
        ? undefined
        : `${at}.output: "${name}" returns more than an amount: say which of it is the balance`
      : parameterMistake(outputScope(call), `${at}.output`, output, AMOUNT),
  ];
}

/** Whether reading the state takes the log that created the escrow: its arguments, or the contract that emitted it. */
export function needsCreation(document: ProfileDocument, state: StateDocument): boolean {
  const { balance } = state;
  const texts = [...(state.arguments ?? []), ...(state.at === undefined ? [] : [state.at])];
  if (typeof balance === "object") {
    if ("native" in balance) texts.push(balance.native);
    else if ("token" in balance) texts.push(balance.token, balance.of);
    else texts.push(...(balance.arguments ?? []));
  }
  const isFurther = state.of !== undefined && document.contracts[state.of]?.address === undefined;
  const hasOthers = Object.keys(document.contracts).length > 0;
  return isFurther || texts.some((text) => isArgument(text) || (text === OWN_ADDRESS && hasOthers));
}
