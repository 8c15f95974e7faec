import { readFileSync } from "node:fs";
import type { z } from "zod";

const EXIT_BAD_CONFIGURATION = 78;

/**
 * Reads the environment once; what is missing or wrong ends the process with the whole list of it. `NAME_FILE` names a
 * file that holds the value of `NAME`, as container secrets do.
 */
export function readEnvironment<Schema extends z.ZodObject>(schema: Schema): z.infer<Schema> {
  const values = Object.keys(schema.shape).map((name) => [name, settingOf(name)]);
  const read = schema.safeParse(Object.fromEntries(values));
  if (read.success) return read.data;
  const problems = read.error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`);
  process.stderr.write(`The configuration is wrong:\n${problems.join("\n")}\n`);
  process.exit(EXIT_BAD_CONFIGURATION);
}

function settingOf(name: string): string | undefined {
  const file = process.env[`${name}_FILE`];
  return process.env[name] ?? (file ? readFileSync(file, "utf8").trim() : undefined);
}
