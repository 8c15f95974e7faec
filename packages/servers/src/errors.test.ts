import { MissingServersError } from "./errors.ts";

describe("MissingServersError", () => {
  it("names every missing server, with the commands that get them all", () => {
    const { message } = new MissingServersError(["nats", "redis", "postgres"]);
    expect(message).toContain("- nats-server (NATS with JetStream)\n  - redis-server\n  - postgres and initdb");
    expect(message).toContain("sudo apt-get install -y nats-server redis-server postgresql\n");
    expect(message).toContain("brew install nats-server redis postgresql\n");
    expect(message).not.toContain("foundryup");
  });

  it("knows where anvil comes from where no distribution has it", () => {
    const { message } = new MissingServersError(["anvil"], "apt-get could not install them: no network");
    expect(message).toContain("foundryup");
    expect(message).not.toContain("apt-get install");
    expect(message).toContain("no network");
  });
});
