/** `critical`: somebody should act now. `warning`: look at it today. `note`: all is well in spite of it. */
export type Level = "critical" | "warning" | "note";

/** One thing that is not as it should be. */
export interface Finding {
  readonly level: Level;
  readonly what: string;
  /** What comes of it where nobody acts. */
  readonly why: string;
  /** What to type, or in words what to do where no command does it. */
  readonly command: string;
}

/** A part of the installation, as it was found. */
export interface Examined {
  readonly part: string;
  /** `away`: it does not answer. `unseen`: this terminal is not told where it is, so nobody looked. */
  readonly state: "seen" | "away" | "unseen";
  /** What was seen, in a line: where it is, its version, how much it holds. */
  readonly facts: readonly string[];
  readonly findings: readonly Finding[];
}

export const LEVELS: readonly Level[] = ["critical", "warning", "note"];
