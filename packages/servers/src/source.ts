import { installDebianPackages, mayInstallDebianPackages } from "./debian.ts";
import { hasEngine } from "./engine.ts";
import { MissingServersError } from "./errors.ts";
import { findServer } from "./find.ts";
import type { ServerName } from "./server-name.ts";

/** Where a server comes from: a folder of programs, or an image for the Docker engine. */
export type ServerSource = { readonly kind: "programs"; readonly folder: string } | { readonly kind: "engine" };

export interface GetServersOptions {
  /** Gets one line for each thing that a waiting person should know. */
  readonly report?: (line: string) => void;
}

/** Where this machine has a server, without installing anything. Throws {@link MissingServersError}. */
export async function locateServer(name: ServerName): Promise<ServerSource> {
  const folder = findServer(name);
  if (folder !== undefined) return { kind: "programs", folder };
  if (await hasEngine()) return { kind: "engine" };
  throw new MissingServersError([name]);
}

/**
 * Makes sure that every named server can be started: its programs are there, are installed where we may (root on Debian
 * or Ubuntu), or the Docker engine runs them. Else throws one {@link MissingServersError} that lists all that is missing.
 */
export async function getServers(names: readonly ServerName[], options: GetServersOptions = {}): Promise<void> {
  const report = options.report ?? (() => undefined);
  let missing = missingOf(names);
  if (missing.length === 0) return;
  let failure: string | undefined;
  if (await mayInstallDebianPackages()) {
    failure = await installDebianPackages(missing, report);
    missing = missingOf(names);
    if (missing.length === 0) return;
  }
  if (await hasEngine()) {
    report(
      `${missing.join(", ")}: not installed, so the Docker engine runs them (the first time it fetches the images)`,
    );
    return;
  }
  throw new MissingServersError(missing, failure);
}

function missingOf(names: readonly ServerName[]): ServerName[] {
  return names.filter((name) => findServer(name) === undefined);
}
