import { useQuery } from "@tanstack/react-query";
import type { Lock } from "../data/answers.ts";
import { locksQuestion } from "../data/questions.ts";
import { useSpeech } from "../language/language.tsx";
import { Moment } from "./moment.tsx";
import { Panel } from "./panel.tsx";
import { TaskName } from "./task-name.tsx";

/** Who holds what: only to look at, for a lock is never freed by hand (docs/adr/0011). */
export function Locks() {
  const { words } = useSpeech();
  const { locks } = words.acting;
  return (
    <Panel heading={locks.heading} answer={useQuery(locksQuestion)}>
      {(all) => (
        <>
          <p className="quiet">{locks.byHand}</p>
          <table>
            <caption className="hidden">{locks.caption}</caption>
            <thead>
              <tr>
                <th scope="col">{locks.lock}</th>
                <th scope="col">{locks.holder}</th>
                <th scope="col">{locks.since}</th>
                <th scope="col">{locks.lease}</th>
                <th scope="col" className="number roomy">
                  {locks.fence}
                </th>
              </tr>
            </thead>
            <tbody>
              {all.map((lock) => (
                <LockRow key={lock.lock} lock={lock} />
              ))}
            </tbody>
          </table>
        </>
      )}
    </Panel>
  );
}

function LockRow({ lock: { lock, fence, holder } }: { readonly lock: Lock }) {
  const { words } = useSpeech();
  return (
    <tr>
      <th scope="row">
        <TaskName task={lock} />
      </th>
      {holder ? (
        <>
          <td>
            {holder.task && (
              <span className="line-of">
                <TaskName task={holder.task} />
              </span>
            )}
            <code>{holder.owner}</code>
          </td>
          <td>
            <Moment at={holder.since} />
          </td>
          <td>
            <Moment at={holder.expiresAt} />
          </td>
        </>
      ) : (
        <td colSpan={3} className="quiet">
          {words.acting.locks.free}
        </td>
      )}
      <td className="number roomy">{fence}</td>
    </tr>
  );
}
