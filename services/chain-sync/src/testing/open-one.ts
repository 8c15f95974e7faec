import type { Logger } from "@vigia/runtime";
import type { Followed } from "../follow/followed.ts";
import { type OpenOptions, openFollowed } from "../follow/open.ts";
import type { ChainSettings } from "../settings.ts";

/** Opens the one contract that the settings name. */
export async function openOne(settings: ChainSettings, log: Logger, options: OpenOptions = {}): Promise<Followed> {
  const [followed, ...others] = await openFollowed(settings, log, () => options);
  if (!followed || others.length > 0) throw new Error("the settings do not name one contract");
  return followed;
}
