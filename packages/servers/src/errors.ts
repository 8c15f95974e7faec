import type { ServerName } from "./server-name.ts";

/** A server could not be started, or ended before it served. The message holds the end of its log. */
export class ServerStartError extends Error {
  constructor(
    readonly server: string,
    reason: string,
    logTail: string,
    options?: ErrorOptions,
  ) {
    super(`${server} ${reason}${logTail === "" ? "" : `\nThe end of its log:\n${logTail}`}`, options);
    this.name = "ServerStartError";
  }
}

/** How a person gets each server, by the tool that the machine has. */
const WAYS: readonly { on: string; packages: Readonly<Record<ServerName, string>>; command: string }[] = [
  {
    on: "Debian, Ubuntu",
    command: "sudo apt-get install -y",
    packages: { nats: "nats-server", redis: "redis-server", postgres: "postgresql", anvil: "" },
  },
  {
    on: "Fedora",
    command: "sudo dnf install -y",
    packages: { nats: "nats-server", redis: "valkey-compat-redis", postgres: "postgresql-server", anvil: "" },
  },
  {
    on: "Homebrew",
    command: "brew install",
    packages: { nats: "nats-server", redis: "redis", postgres: "postgresql", anvil: "foundry" },
  },
];

const PROGRAM_NAMES: Readonly<Record<ServerName, string>> = {
  nats: "nats-server (NATS with JetStream)",
  redis: "redis-server",
  postgres: "postgres and initdb (PostgreSQL)",
  anvil: "anvil (a local Ethereum chain)",
};

/** Some servers are not on this machine and may not be installed for the user. Names all, with the commands that get them. */
export class MissingServersError extends Error {
  constructor(
    readonly servers: readonly ServerName[],
    hint?: string,
  ) {
    super(describeMissing(servers, hint));
    this.name = "MissingServersError";
  }
}

function describeMissing(servers: readonly ServerName[], hint: string | undefined): string {
  const commands = WAYS.flatMap(({ on, command, packages }) => {
    const names = servers.map((server) => packages[server]).filter((name) => name !== "");
    return names.length === 0 ? [] : [`  ${on}: ${command} ${names.join(" ")}`];
  });
  if (servers.includes("anvil")) {
    commands.push("  anvil, anywhere: curl -L https://foundry.paradigm.xyz | bash && ~/.foundry/bin/foundryup");
  }
  return [
    "These servers are missing on this machine:",
    ...servers.map((server) => `  - ${PROGRAM_NAMES[server]}`),
    ...(hint === undefined ? [] : [hint]),
    "Get them with one of:",
    ...commands,
    "or start the Docker engine, which is used when the programs are not there.",
  ].join("\n");
}
