import { STORES } from "../fault-plan.ts";
import type { History, InjectedFault, Life } from "../history.ts";

/** A store or the machine, on which every process depends. */
export function befallsAll(target: string): boolean {
  return target === "machine" || (STORES as readonly string[]).includes(target);
}

/** The faults of that time that could explain what befell this process: its own, and those that befall all. */
export function disturbances({ faults }: History, name: string, from: number, to: number): InjectedFault[] {
  return faults.filter(
    (fault) => fault.from <= to && fault.to >= from && (befallsAll(fault.target) || fault.target === name),
  );
}

/** Whose process ran it: the instance is `service@host#pid#boot`. */
export function lifeOf({ lives }: Pick<History, "lives">, instance: string): Life | undefined {
  const pid = Number(instance.split("#")[1]);
  return lives.find((life) => life.pid === pid);
}
