import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { compileProfile, type ProfileOutcome } from "./profile.ts";

/** The profiles that come with Vigia. */
const SHIPPED = join(__dirname, "..", "..", "profiles");
const SHIPPED_NAME = /^[a-z][a-z0-9-]*$/;

/**
 * Loads a profile by the name of a shipped one or by the path of a YAML file, or says what is wrong with it. `places` are
 * the addresses of its further contracts, where the profile itself does not say where they are.
 */
export async function loadProfile(
  nameOrPath: string,
  places: Readonly<Record<string, string>> = {},
): Promise<ProfileOutcome> {
  const path = SHIPPED_NAME.test(nameOrPath) ? join(SHIPPED, `${nameOrPath}.yaml`) : nameOrPath;
  let document: unknown;
  try {
    document = parse(await readFile(path, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, mistakes: [`${path} cannot be read: ${reason}`] };
  }
  return compileProfile(document, places);
}
