import { type DocumentedSetting, type Section, sections } from "./settings.ts";

/** Every setting, for people. */
export function configurationReference(): string {
  return `${[OPENING, ...sections().map(section), ENVIRONMENT_ALONE].join("\n\n")}\n`;
}

const OPENING = `# Configuration

<!-- Generated from the schemas of the services: npm run document -w scripts -->

Every setting can be a variable of the environment, or stand in one file: \`vigia.yaml\` in the folder in which a service
starts, or the file that \`VIGIA_CONFIG\` names. All services and \`vigia\` read the same file.

\`\`\`yaml
# yaml-language-server: $schema=./docs/vigia.schema.json
database: { url: "postgres://vigia@db/vigia" }
redis: { url: "redis://redis:6379" }
nats: { url: "nats://nats-1:4222,nats://nats-2:4222", replicas: 1 }

reporting:
  http: { host: 0.0.0.0, port: 8081 }
cleanup:
  log: { level: debug }
  retention: { notificationDays: 30 }
scheduler:
  timeZone: Europe/Madrid
  schedules:
    cleanup:
      expire-orders: { cron: "*/10 * * * *", jitterSeconds: 20, misfire: skip }
    consistency:
      check: { cron: "0 * * * *", catchUpSeconds: 600 }
\`\`\`

The first of these that is set counts:

1. the variable;
2. the file that the variable with \`_FILE\` behind its name points to, as container secrets do: \`DATABASE_URL_FILE\`;
3. the service's own section of \`vigia.yaml\`, in which what stands at the top may be said anew for that service alone;
4. the top of \`vigia.yaml\`;
5. the default.

What is set to nothing is not set. A service reads the top and its own section. It refuses a key that it does not know, names
the nearest one, tells everything that is wrong at once, with file and line, and ends with code 78.

With Docker, name the file in \`.env\`: \`VIGIA_CONFIG=./vigia.yaml\`. It is mounted where the services find it. What
\`docker-compose.yml\` sets itself still wins: the addresses of its own servers, and with the demo its schedules.`;

const ENVIRONMENT_ALONE = `## In the environment alone

| variable | meaning |
| --- | --- |
| \`VIGIA_CONFIG\` | The settings file; without it, \`./vigia.yaml\` where there is one |
| \`OTEL_RESOURCE_ATTRIBUTES\`, \`OTEL_BSP_*\`, \`OTEL_EXPORTER_OTLP_TIMEOUT\` and others | OpenTelemetry's own, where traces are on |

The migration (\`vigia-migrate\`) and the demo marketplace read the environment alone.`;

function section({ service, settings }: Section): string {
  const title = service ?? "Every service";
  if (settings.length === 0) return `## ${title}\n\nHas the settings that every service has.`;
  const where = service === undefined ? "At the top of the file." : `Below \`${service}:\` in the file.`;
  return `## ${title}\n\n${where}\n\n${table(settings)}`;
}

function table(settings: readonly DocumentedSetting[]): string {
  const rows = settings.map(({ keys, variable, schema, required, description }) => [
    code(keys.join(".")),
    code(variable),
    typeInWords(schema),
    required ? "*needed*" : defaultInWords(schema),
    description,
  ]);
  return [["in the file", "variable", "type", "default", "meaning"], Array(5).fill("---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

function typeInWords({ type, enum: choices, minimum, maximum, exclusiveMinimum }: Record<string, unknown>): string {
  if (Array.isArray(choices)) return choices.map((choice) => code(String(choice))).join(", ");
  if (type === "string") return "text";
  const least = minimum ?? (exclusiveMinimum === 0 ? 1 : exclusiveMinimum);
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (least !== undefined && most !== undefined) return `${type}, ${least} to ${most}`;
  return least === undefined ? String(type) : `${type}, ${least} or more`;
}

function defaultInWords(schema: Record<string, unknown>): string {
  return schema.default === undefined ? "" : code(String(schema.default));
}

function code(text: string): string {
  return `\`${text}\``;
}
