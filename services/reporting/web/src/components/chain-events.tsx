import type { ChainAnswer } from "../data/answers.ts";
import { useSpeech } from "../language/language.tsx";
import { Badge } from "./badge.tsx";
import { Moment } from "./moment.tsx";
import { ACTION_TONES, ResyncProgress } from "./outcome.tsx";

/** What was noticed on the chain lately, by kind. */
export function Detections({ detections }: Pick<ChainAnswer, "detections">) {
  const { language, words } = useSpeech();
  const say = words.chain.detections;
  return (
    <>
      <h3>{say.heading}</h3>
      {detections.length === 0 ? (
        <p className="quiet">{words.none}</p>
      ) : (
        <table className="tally">
          <caption className="hidden">{say.caption}</caption>
          <thead className="hidden">
            <tr>
              <th scope="col">{say.kind}</th>
              <th scope="col">{say.last}</th>
              <th scope="col">{say.count}</th>
            </tr>
          </thead>
          <tbody>
            {detections.map(({ kind, count, lastAt }) => (
              <tr key={kind}>
                <th scope="row">{say.kinds[kind]}</th>
                <td className="quiet">
                  <Moment at={lastAt} />
                </td>
                <td className="number">{count.toLocaleString(language)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

/** Those under way and those just done, whoever asked for them. */
export function Resyncs({ resyncs }: Pick<ChainAnswer, "resyncs">) {
  const { words } = useSpeech();
  if (resyncs.length === 0) return null;
  return (
    <>
      <h3>{words.chain.resyncs}</h3>
      <ul className="steps">
        {resyncs.map(({ commandId, contract, status, at, ...blocks }) => (
          <li key={`${commandId} ${contract}`}>
            <Badge tone={ACTION_TONES[status]}>{words.acting.actions.statuses[status]}</Badge>{" "}
            <span className="quiet">
              <Moment at={at} />
            </span>
            <ResyncProgress {...blocks} />
          </li>
        ))}
      </ul>
    </>
  );
}
