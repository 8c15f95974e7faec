import type { z } from "zod";

const EXIT_BAD_CONFIGURATION = 78;

/** Reads the environment once; what is missing or wrong ends the process with the whole list of it. */
export function readEnvironment<Schema extends z.ZodType>(schema: Schema): z.infer<Schema> {
  const read = schema.safeParse(process.env);
  if (read.success) return read.data;
  const problems = read.error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`);
  process.stderr.write(`The configuration is wrong:\n${problems.join("\n")}\n`);
  process.exit(EXIT_BAD_CONFIGURATION);
}
