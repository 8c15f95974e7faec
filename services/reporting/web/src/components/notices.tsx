import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { DeliveryStatus, Notice, NoticeDelivery, NoticePage } from "../data/answers.ts";
import { redeliver } from "../data/commands.ts";
import { useFilter } from "../data/filter.ts";
import { noticesQuestion } from "../data/questions.ts";
import { useSpeech } from "../language/language.tsx";
import type { Tone } from "../phrases/event.ts";
import { Act } from "./act.tsx";
import { Badge } from "./badge.tsx";
import { FilterLink } from "./filter-link.tsx";
import { Moment } from "./moment.tsx";
import { NoticeFilters } from "./notice-filters.tsx";
import { Panel } from "./panel.tsx";

const FIRST_PAGE = 10;
const MOST = 200;

const TONES: Readonly<Record<DeliveryStatus, Tone>> = {
  waiting: "plain",
  delivered: "good",
  refused: "bad",
  "given-up": "bad",
};

/** What users were told, on which ways, and what could not be. */
export function Notices() {
  const { words } = useSpeech();
  const [filter] = useFilter("notifications");
  const [limit, setLimit] = useState(FIRST_PAGE);
  return (
    <Panel
      name="notifications"
      heading={words.notices.heading}
      answer={useQuery(noticesQuestion(filter, limit))}
      tools={<NoticeFilters />}
    >
      {({ notices, failed, next }) => (
        <>
          <TryAllAgain failed={failed} />
          {notices.length === 0 ? <p className="quiet">{words.notices.empty}</p> : <NoticeTable notices={notices} />}
          {next !== null && limit < MOST && (
            <button type="button" className="small" onClick={() => setLimit(MOST)}>
              {words.more}
            </button>
          )}
        </>
      )}
    </Panel>
  );
}

function TryAllAgain({ failed }: Pick<NoticePage, "failed">) {
  const { words } = useSpeech();
  const say = words.acting.redeliver;
  return (
    <div className="acts">
      {failed.map(({ channel, count }) => (
        <Act
          key={channel}
          label={say.all(count, words.notices.channels[channel])}
          title={say.all(count, words.notices.channels[channel])}
          text={say.text}
          commands={() => [redeliver({ channel })]}
        />
      ))}
    </div>
  );
}

function NoticeTable({ notices }: { readonly notices: readonly Notice[] }) {
  const { words } = useSpeech();
  const say = words.notices;
  return (
    <table>
      <caption className="hidden">{say.caption}</caption>
      <thead>
        <tr>
          <th scope="col">{say.notice}</th>
          <th scope="col">{say.when}</th>
          <th scope="col">{say.deliveries}</th>
        </tr>
      </thead>
      <tbody>
        {notices.map((notice) => (
          <tr key={notice.id}>
            <th scope="row">
              {notice.title}
              <span className="quiet">{notice.body}</span>
              <span className="quiet">
                {say.user}{" "}
                <FilterLink list="notifications" filter={{ user: notice.userId }}>
                  {notice.userId}
                </FilterLink>
              </span>
              {notice.orderId && (
                <span className="quiet">
                  {say.order}{" "}
                  <FilterLink list="notifications" filter={{ order: notice.orderId }}>
                    {notice.orderId}
                  </FilterLink>
                </span>
              )}
            </th>
            <td>
              <Moment at={notice.at} />
            </td>
            <td>
              <span className="line-of">
                <Badge tone={notice.readAt ? "good" : "plain"}>{notice.readAt ? say.read : say.unread}</Badge>
              </span>
              {notice.deliveries.map((delivery) => (
                <Delivery key={delivery.id} delivery={delivery} />
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Delivery({ delivery: { id, channel, status, endedAt, error, failures, nextTry } }: DeliveryProps) {
  const { words } = useSpeech();
  const say = words.notices;
  const name = say.channels[channel];
  return (
    <div>
      <Badge tone={TONES[status]}>
        {name}: {say.statuses[status]} {endedAt && <Moment at={endedAt} />}
      </Badge>
      {error && <span className="line-of quiet outcome">{error}</span>}
      {failures > 0 && nextTry && (
        <span className="line-of quiet outcome">
          {say.failures(failures)} <Moment at={nextTry} />
        </span>
      )}
      {(status === "refused" || status === "given-up") && (
        <Act
          label={words.acting.redeliver.label}
          title={words.acting.redeliver.title(name)}
          text={words.acting.redeliver.text}
          commands={() => [redeliver({ deliveryId: id })]}
        />
      )}
    </div>
  );
}

interface DeliveryProps {
  readonly delivery: NoticeDelivery;
}
