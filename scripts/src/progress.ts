/** Tells a waiting person what happens. The same lines on a terminal and in a log file. */
export interface Progress {
  line(text: string): void;
  /** Says what begins, and at its end how long it took. `report` adds lines in between, and may go on afterwards. */
  step<T>(name: string, action: (report: (line: string) => void) => Promise<T>): Promise<T>;
}

export function createProgress(out: NodeJS.WritableStream): Progress {
  return {
    line: (text) => void out.write(`${text}\n`),
    async step(name, action) {
      const startedAt = Date.now();
      let atLineStart = false;
      let ended = false;
      out.write(`  ${name} …`);
      const report = (line: string): void => {
        out.write(`${atLineStart ? "" : "\n"}${ended ? "" : "    "}${line}\n`);
        atLineStart = true;
      };
      const end = (outcome: string): void => {
        const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
        out.write(`${atLineStart ? `  ${name}:` : ""} ${outcome}${seconds} s\n`);
        atLineStart = true;
        ended = true;
      };
      try {
        const result = await action(report);
        end("");
        return result;
      } catch (error) {
        end("failed after ");
        throw error;
      }
    },
  };
}
