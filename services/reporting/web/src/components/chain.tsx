import { useQuery } from "@tanstack/react-query";
import type { ChainAnswer, ChainCursor, FeedEvent } from "../data/answers.ts";
import { resync } from "../data/commands.ts";
import { chainQuestion } from "../data/questions.ts";
import { useSpeech } from "../language/language.tsx";
import { phraseEvent } from "../phrases/event.ts";
import { shortId } from "../phrases/identifier.ts";
import { Act } from "./act.tsx";
import { Detections, Resyncs } from "./chain-events.tsx";
import { Endpoints } from "./endpoints.tsx";
import { Moment } from "./moment.tsx";
import { Panel } from "./panel.tsx";

export function ChainPanel() {
  const { words } = useSpeech();
  const chain = useQuery(chainQuestion);
  return (
    <Panel heading={words.chain.heading} answer={chain} tools={<Resync />}>
      {(answer) => (
        <>
          {answer.chains.length === 0 && <p className="quiet">{words.chain.empty}</p>}
          {answer.chains.map((cursor) => (
            <Cursor key={`${cursor.chainId}:${cursor.contract}`} cursor={cursor} />
          ))}
          <Endpoints endpoints={answer.endpoints} />
          <Resyncs resyncs={answer.resyncs} />
          <Escrows escrows={answer.escrows} />
          <Detections detections={answer.detections} />
          <Latest name={words.chain.lastReorg} events={answer.reorgs} />
          <Latest name={words.chain.lastDrift} events={answer.drifts} />
        </>
      )}
    </Panel>
  );
}

function Resync() {
  const { words } = useSpeech();
  const { resync: say, reason } = words.acting;
  return (
    <Act
      label={say.label}
      title={say.title}
      text={say.text}
      fields={[
        { name: "from", label: say.from, type: "number", isRequired: true },
        { name: "to", label: say.to, type: "number" },
        { name: "reason", label: reason, type: "text" },
      ]}
      commands={(values) => [resync(values)]}
    />
  );
}

function Cursor({ cursor }: { readonly cursor: ChainCursor }) {
  const { language, words } = useSpeech();
  return (
    <>
      <h3>{words.chain.chain(cursor.chainId)}</h3>
      <dl className="facts blocks">
        <div>
          <dt>{words.chain.head}</dt>
          <dd>{cursor.headBlock.toLocaleString(language)}</dd>
        </div>
        <div>
          <dt>{words.chain.cursor}</dt>
          <dd>{cursor.cursorBlock.toLocaleString(language)}</dd>
        </div>
        <div>
          <dt>{words.chain.lag}</dt>
          <dd>{words.blocks(cursor.lagBlocks)}</dd>
        </div>
        <div>
          <dt>{words.chain.synced}</dt>
          <dd>
            <Moment at={cursor.syncedAt} />
          </dd>
        </div>
        <div>
          <dt>{words.chain.contract}</dt>
          <dd>
            <code title={cursor.contract}>{shortId(cursor.contract)}</code>
          </dd>
        </div>
      </dl>
    </>
  );
}

function Escrows({ escrows }: { readonly escrows: ChainAnswer["escrows"] }) {
  const { language, words } = useSpeech();
  return (
    <>
      <h3>{words.chain.escrows}</h3>
      {escrows.length === 0 ? (
        <p className="quiet">{words.chain.noEscrows}</p>
      ) : (
        <table className="tally">
          <caption className="hidden">{words.chain.escrowsCaption}</caption>
          <thead className="hidden">
            <tr>
              <th scope="col">{words.runs.status}</th>
              <th scope="col">{words.chain.count}</th>
            </tr>
          </thead>
          <tbody>
            {escrows.map(({ status, count }) => (
              <tr key={status}>
                <th scope="row">{words.chain.statuses[status] ?? status}</th>
                <td className="number">{count.toLocaleString(language)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

/** The newest first. */
function Latest({ name, events }: { readonly name: string; readonly events: readonly FeedEvent[] }) {
  const { language, words } = useSpeech();
  return (
    <>
      <h3>{name}</h3>
      {events.length === 0 ? (
        <p className="quiet">{words.none}</p>
      ) : (
        <ol className="steps">
          {events.map((event) => (
            <li key={event.position}>
              {phraseEvent(event, words, language).text}{" "}
              <span className="quiet">
                <Moment at={event.at} />
              </span>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}
