import { type CommandOptions, type CommandOutcome, runCommand } from "./command.ts";

const FILES = ["docker-compose.yml"];
/** The first time, an image is built and others are pulled. */
const UP_TIMEOUT_MS = 25 * 60_000;
const DOWN_TIMEOUT_MS = 5 * 60_000;

/** Compose writes it before each line, colours or not. */
const CLEAR_LINE = "\u001b[2K";

/** Settings of docker-compose.yml that the shell may hold: the proof's own count alone. */
const SETTING =
  /^(VIGIA|POSTGRES|DATABASE|NATS|REDIS|CHAIN|ESCROW|SCHEDULE|DEMO|COMPOSE)_|_RETENTION_DAYS$|^LOG_LEVEL$/;

/** What `docker inspect` tells of a container; the parts that are used. */
export interface Container {
  readonly Id: string;
  readonly Name: string;
  readonly RestartCount: number;
  readonly State: {
    readonly Status: string;
    readonly ExitCode: number;
    readonly StartedAt: string;
    readonly Health?: { readonly Status: string };
  };
  readonly Config: { readonly Labels: Readonly<Record<string, string>> };
  readonly NetworkSettings: {
    readonly Ports: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[] | null>>;
  };
}

export interface Project {
  readonly name: string;
  /** The web page's port on loopback. */
  readonly port: number;
  /** Aborted where the whole proof is to end. */
  readonly signal: AbortSignal;
  compose(args: readonly string[], options?: CommandOptions): Promise<CommandOutcome>;
  /** `docker compose up --detach --wait`. */
  up(...args: readonly string[]): Promise<void>;
  down(...args: readonly string[]): Promise<void>;
  /** Runs a program in a service's container, and gives its standard output. */
  exec(service: string, ...args: readonly string[]): Promise<string>;
  /** All containers, ended ones included; of one service if it is named. */
  containers(service?: string): Promise<Container[]>;
  logs(service: string, lines: number): Promise<string>;
}

export interface ProjectOptions {
  readonly name: string;
  readonly projectDir: string;
  /** The composition, where it is not docker-compose.yml alone. */
  readonly files?: readonly string[];
  /** The settings, as a user's .env would hold them. */
  readonly envFile: string;
  readonly port: number;
  /** Ends what Compose is doing and refuses more, save `down`. */
  readonly signal: AbortSignal;
}

/** The project's composition under a name of its own, so that nothing else on this machine is touched. */
export function openProject({ name, projectDir, files = FILES, envFile, port, signal }: ProjectOptions): Project {
  const environment = {
    ...Object.fromEntries(Object.entries(process.env).filter(([key]) => !SETTING.test(key))),
    VIGIA_PORT: String(port),
    COMPOSE_ANSI: "never",
  };
  // With a name alone, Compose takes the services from the containers there are, and `down` then misses those without.
  const composition = [
    ...["compose", ...files.flatMap((file) => ["--file", file])],
    ...["--project-name", name, "--env-file", envFile],
  ];
  const run: Project["compose"] = (args, options) =>
    runCommand("docker", [...composition, ...args], { cwd: projectDir, environment, ...options });
  const compose: Project["compose"] = (args, options) => run(args, { signal, ...options });
  return {
    name,
    port,
    signal,
    compose,
    async up(...args) {
      await compose(["up", "--detach", "--wait", ...args], { timeoutMs: UP_TIMEOUT_MS });
    },
    async down(...args) {
      await run(["down", "--remove-orphans", ...args], { timeoutMs: DOWN_TIMEOUT_MS });
    },
    async exec(service, ...args) {
      return (await compose(["exec", "-T", service, ...args])).stdout.trim();
    },
    async containers(service) {
      const { stdout } = await compose(["ps", "--all", "--quiet", ...(service ? [service] : [])]);
      const ids = stdout.split("\n").filter(Boolean);
      if (ids.length === 0) return [];
      return JSON.parse((await runCommand("docker", ["inspect", ...ids])).stdout) as Container[];
    },
    async logs(service, lines) {
      const { stdout } = await compose(["logs", "--no-log-prefix", "--tail", String(lines), service]);
      return stdout.replaceAll(CLEAR_LINE, "");
    },
  };
}

export function serviceOf({ Config }: Container): string {
  return Config.Labels["com.docker.compose.service"] ?? "";
}
