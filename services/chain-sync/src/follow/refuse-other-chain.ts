import type { EndpointsSurvey } from "@vigia/chain";
import { PermanentError } from "@vigia/runtime";
import type { Followed } from "./followed.ts";

/** Throws `PermanentError` where every endpoint serves another chain than the one that is followed. */
export function refuseOtherChain(
  { chainId }: Pick<EndpointsSurvey, "chainId">,
  followed: Pick<Followed, "chainId">,
): void {
  if (chainId === followed.chainId) return;
  throw new PermanentError(`the endpoint serves chain ${chainId}, not ${followed.chainId}; nothing was changed`);
}
