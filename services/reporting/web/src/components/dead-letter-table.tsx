import { useQuery } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import type { DeadLetter, DeadLetterDetails } from "../data/answers.ts";
import { replay } from "../data/commands.ts";
import { deadLetterQuestion } from "../data/questions.ts";
import { useMayAct } from "../data/session.ts";
import { useSpeech } from "../language/language.tsx";
import { Act } from "./act.tsx";
import { Moment } from "./moment.tsx";
import { Value } from "./value.tsx";

interface DeadLetterTableProps {
  readonly letters: readonly DeadLetter[];
  readonly ticked: readonly number[];
  readonly toggle: (sequence: number) => void;
}

export function DeadLetterTable({ letters, ticked, toggle }: DeadLetterTableProps) {
  const { words } = useSpeech();
  const { deadLetters } = words.acting;
  const [opened, setOpened] = useState<string>();
  return (
    <table>
      <caption className="hidden">{deadLetters.caption}</caption>
      <thead>
        <tr>
          <th scope="col">{deadLetters.message}</th>
          <th scope="col">{deadLetters.error}</th>
          <th scope="col" className="number roomy">
            {deadLetters.tries}
          </th>
          <th scope="col">{deadLetters.when}</th>
        </tr>
      </thead>
      <tbody>
        {letters.map((letter) => (
          <Fragment key={letter.id}>
            <DeadLetterRow
              letter={letter}
              isTicked={ticked.includes(letter.sequence)}
              tick={() => toggle(letter.sequence)}
              isOpen={opened === letter.id}
              open={() => setOpened(opened === letter.id ? undefined : letter.id)}
            />
            {opened === letter.id && (
              <tr className="opened">
                <td colSpan={4}>
                  <Details letter={letter} />
                </td>
              </tr>
            )}
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

interface DeadLetterRowProps {
  readonly letter: DeadLetter;
  readonly isTicked: boolean;
  readonly tick: () => void;
  readonly isOpen: boolean;
  readonly open: () => void;
}

function DeadLetterRow({ letter, isTicked, tick, isOpen, open }: DeadLetterRowProps) {
  const { words } = useSpeech();
  const mayAct = useMayAct();
  return (
    <tr>
      <th scope="row">
        {mayAct && (
          <input
            type="checkbox"
            aria-label={words.acting.deadLetters.tick(letter.sequence)}
            checked={isTicked}
            onChange={tick}
          />
        )}
        <button type="button" className="disclose" aria-expanded={isOpen} onClick={open}>
          <span className="glyph" aria-hidden="true">
            {isOpen ? "▾" : "▸"}
          </span>
          {letter.sequence} {letter.consumer}
        </button>
        <span className="quiet">{letter.subject}</span>
      </th>
      <td>{letter.reason}</td>
      <td className="number roomy">{letter.tries}</td>
      <td>
        <Moment at={letter.at} />
      </td>
    </tr>
  );
}

function Details({ letter }: { readonly letter: DeadLetter }) {
  const { words } = useSpeech();
  const { deadLetters, replay: say } = words.acting;
  const { data } = useQuery(deadLetterQuestion(letter.id));
  return (
    <div className="details">
      <dl className="facts">
        <div>
          <dt>{deadLetters.id}</dt>
          <dd>
            <code>{letter.messageId}</code>
          </dd>
        </div>
      </dl>
      {data && <Content details={data} />}
      <Act
        label={say.one}
        title={say.oneTitle(letter.sequence)}
        text={say.text}
        commands={() => [replay({ sequence: letter.sequence })]}
      />
    </div>
  );
}

function Content({ details: { headers, body } }: { readonly details: DeadLetterDetails }) {
  const { words } = useSpeech();
  const { deadLetters } = words.acting;
  return (
    <>
      <h3>{deadLetters.headers}</h3>
      <Value value={headers} />
      <h3>
        {deadLetters.body} {body.encoding === "base64" && <span className="quiet">({deadLetters.isBase64})</span>}
      </h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre className="message-body" tabIndex={0}>
        {body.text}
      </pre>
      {!body.isWhole && <p className="quiet">{deadLetters.isCut}</p>}
    </>
  );
}
