import type { ChainEndpoint } from "../data/answers.ts";
import { useSpeech } from "../language/language.tsx";
import { Badge } from "./badge.tsx";
import { Moment } from "./moment.tsx";

/** The nodes that the chain is read from, and how far each can be believed. */
export function Endpoints({ endpoints }: { readonly endpoints: readonly ChainEndpoint[] }) {
  const { language, words } = useSpeech();
  const say = words.chain.endpoints;
  return (
    <>
      <h3>{say.heading}</h3>
      {endpoints.length === 0 && <p className="quiet">{words.none}</p>}
      <ul className="steps">
        {endpoints.map(({ chainId, endpoint, status, since, reason, blockLimit, untruths }) => (
          <li key={`${chainId} ${endpoint}`}>
            <code>{endpoint}</code>{" "}
            <Badge tone={status === "well" ? "good" : "bad"}>
              {say.statuses[status]} <Moment at={since} />
            </Badge>
            {status === "degraded" && reason && <span className="line-of quiet">{reason}</span>}
            {blockLimit !== null && (
              <span className="line-of quiet">{say.limit(blockLimit.toLocaleString(language))}</span>
            )}
            {untruths.map(({ kind, message, lastAt }) => (
              <span key={kind} className="line-of quiet">
                <code>{kind}</code> <Moment at={lastAt} />: {message}
              </span>
            ))}
          </li>
        ))}
      </ul>
    </>
  );
}
