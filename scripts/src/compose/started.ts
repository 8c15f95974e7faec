import { runCommand } from "./command.ts";
import { type Project, serviceOf } from "./project.ts";
import { type ComposedSystem, ONE_OFFS, SERVERS, SERVICES } from "./system.ts";

const REQUEST_TIMEOUT_MS = 20_000;

/** After `up --wait`: everything is there, confined as it should be, and the page answers. */
export async function proveStarted({ project, report }: ComposedSystem): Promise<void> {
  report.group("The whole system, started from nothing");
  await report.prove("every container is as it should be", project, [], () => healthy(project));
  await report.prove("only the page's port is published, on loopback", project, [], () => published(project));
  await report.prove("no process is root", project, [], () => unprivileged(project));
  await report.prove("the web page answers", project, ["reporting"], () => page(project.port));
}

/** Servers and services are healthy and never started again; what is done once ended well. */
async function healthy(project: Project): Promise<string> {
  const containers = await project.containers();
  const problems: string[] = [];
  for (const container of containers) {
    const service = serviceOf(container);
    const { Status, ExitCode, Health } = container.State;
    if (container.RestartCount > 0) problems.push(`${service} was started again ${container.RestartCount} times`);
    if ((ONE_OFFS as readonly string[]).includes(service)) {
      if (Status !== "exited" || ExitCode !== 0) problems.push(`${service} is ${Status} with ${ExitCode}`);
    } else if (Status !== "running" || (Health && Health.Status !== "healthy")) {
      problems.push(`${service} is ${Status} and ${Health?.Status}`);
    }
  }
  const present = containers.map(serviceOf);
  for (const service of [...SERVERS, ...ONE_OFFS, ...SERVICES, "demo"]) {
    if (!present.includes(service)) problems.push(`${service} has no container`);
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return `${containers.length} containers, none started twice`;
}

async function published(project: Project): Promise<string> {
  const bindings = (await project.containers()).flatMap((container) =>
    Object.values(container.NetworkSettings.Ports).flatMap((ports) =>
      (ports ?? []).map(({ HostIp, HostPort }) => `${serviceOf(container)} at ${HostIp}:${HostPort}`),
    ),
  );
  const wanted = `reporting at 127.0.0.1:${project.port}`;
  if (bindings.join() !== wanted) throw new Error(`wanted ${wanted}, found ${bindings.join(", ") || "none"}`);
  return wanted;
}

async function unprivileged(project: Project): Promise<string> {
  const seen = new Set<string>();
  for (const container of await project.containers()) {
    if (container.State.Status !== "running") continue;
    const { stdout } = await runCommand("docker", ["top", container.Id, "-eo", "uid,pid,args"]);
    for (const line of stdout.trim().split("\n").slice(1)) {
      const uid = line.trim().split(/\s+/)[0] ?? "";
      if (uid === "0") throw new Error(`root runs in ${serviceOf(container)}: ${line}`);
      seen.add(uid);
    }
  }
  return `their users have the ids ${[...seen].sort().join(", ")}`;
}

async function page(port: number): Promise<string> {
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      headers: { accept: "text/html, application/json" },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
    return text;
  };
  const html = await get("/");
  if (!html.includes("<title>Vigia")) throw new Error(`/ is not the page: ${html.slice(0, 200)}`);
  const overview = JSON.parse(await get("/api/overview")) as { services: { service: string }[] };
  const services = overview.services.map(({ service }) => service);
  const missing = SERVICES.filter((service) => !services.includes(service));
  if (missing.length > 0) throw new Error(`the overview does not know ${missing.join(", ")}`);
  return `${html.length} bytes of HTML; its overview knows ${services.length} services`;
}
