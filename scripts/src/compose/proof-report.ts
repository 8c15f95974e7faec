import { type Container, type Project, serviceOf } from "./project.ts";

const LOG_TAIL_LINES = 12;
const LOG_LINE_LENGTH = 300;

export interface ProofReport {
  /** Begins a group of proofs. */
  group(title: string): void;
  /**
   * One proof: `action` gives what was seen, or throws. A failure is printed with the last lines of the logs of these
   * services and of all that are not well, and does not keep other proofs from being tried. Returns whether it held.
   */
  prove(name: string, project: Project, services: readonly string[], action: () => Promise<string>): Promise<boolean>;
  readonly passed: number;
  readonly failed: number;
}

export function createReport(out: NodeJS.WritableStream): ProofReport {
  const counts = { passed: 0, failed: 0 };
  return {
    group: (title) => void out.write(`\n${title}\n`),
    async prove(name, project, services, action) {
      const startedAt = Date.now();
      const seconds = () => `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
      try {
        const seen = await action();
        counts.passed += 1;
        out.write(`  ok      ${name}: ${seen} (${seconds()})\n`);
        return true;
      } catch (error) {
        project.signal.throwIfAborted();
        counts.failed += 1;
        out.write(
          `  FAILED  ${name} (${seconds()})\n${indent(error instanceof Error ? error.message : String(error))}`,
        );
        const unwell = (await project.containers().catch(() => [])).filter(isUnwell).map(serviceOf);
        for (const service of new Set([...unwell, ...services])) {
          out.write(indent(`the last lines of ${service}:\n${indent(await lastWords(project, service))}`));
        }
        return false;
      }
    },
    get passed() {
      return counts.passed;
    },
    get failed() {
      return counts.failed;
    },
  };
}

function isUnwell({ State }: Container): boolean {
  return State.Status === "exited" ? State.ExitCode !== 0 : (State.Health?.Status ?? "healthy") !== "healthy";
}

async function lastWords(project: Project, service: string): Promise<string> {
  const logs = await project.logs(service, LOG_TAIL_LINES).catch((reason: unknown) => String(reason));
  return logs
    .trimEnd()
    .split("\n")
    .map((line) => line.slice(0, LOG_LINE_LENGTH))
    .join("\n");
}

/** Also ends the text with a line break. */
function indent(text: string): string {
  return text.trimEnd().replace(/^/gm, "          ").concat("\n");
}
