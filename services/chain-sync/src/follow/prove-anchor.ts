import { type Endpoint, type Header, RpcError } from "@vigia/chain";
import type { Followed } from "./followed.ts";

/**
 * Nothing on record binds blocks that do not follow from a known one: a second endpoint, where one answers, must have the
 * last of them too. Throws `RpcError` (`behind`) where it has another; which of the two is right can't be told.
 */
export async function proveAnchored(
  endpoint: Endpoint,
  { endpoints }: Pick<Followed, "endpoints">,
  last: Header | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (!last || endpoints.all.length < 2) return;
  const second = await endpoints.besides(
    endpoint,
    async (other) => ({ name: other.name, headers: await other.reader.headers([last.number], signal) }),
    signal,
  );
  if (!second || second.headers[0]?.hash === last.hash) return;
  throw new RpcError(
    "behind",
    `its block ${last.number} is another than at ${second.name}, and nothing tells which is right`,
    {
      untruth: "fork_unconfirmed",
    },
  );
}
