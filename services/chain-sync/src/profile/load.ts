import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigurationError } from "@vigia/runtime";
import { parse } from "yaml";
import { compileProfile, type Profile } from "./profile.ts";

/** The profiles that come with the service. */
const SHIPPED = join(__dirname, "..", "..", "profiles");
const SHIPPED_NAME = /^[a-z][a-z0-9-]*$/;

/** Loads a profile by the name of a shipped one or by the path of a YAML file; throws `ConfigurationError`. */
export async function loadProfile(nameOrPath: string): Promise<Profile> {
  const path = SHIPPED_NAME.test(nameOrPath) ? join(SHIPPED, `${nameOrPath}.yaml`) : nameOrPath;
  const outcome = compileProfile(await readYaml(path));
  if (outcome.ok) return outcome.profile;
  throw new ConfigurationError(outcome.mistakes.map((mistake) => `ESCROW_PROFILE (${nameOrPath}): ${mistake}`));
}

async function readYaml(path: string): Promise<unknown> {
  try {
    return parse(await readFile(path, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError([`ESCROW_PROFILE: ${path} cannot be read: ${reason}`]);
  }
}
