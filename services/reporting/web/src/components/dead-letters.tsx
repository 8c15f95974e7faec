import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { DeadLetterPage } from "../data/answers.ts";
import { replay } from "../data/commands.ts";
import { type FilterOf, useFilter } from "../data/filter.ts";
import { deadLettersQuestion } from "../data/questions.ts";
import { useSpeech } from "../language/language.tsx";
import { Act } from "./act.tsx";
import { DeadLetterTable } from "./dead-letter-table.tsx";
import { Choice, Filters, Search } from "./filters.tsx";
import { Panel } from "./panel.tsx";

const FIRST_PAGE = 15;
const MOST = 200;

/** What could not be handled, and how to put it back: one, those that are ticked, or all that the list stands for. */
export function DeadLetters() {
  const { words } = useSpeech();
  const { deadLetters } = words.acting;
  const [filter] = useFilter("dead-letters");
  const [limit, setLimit] = useState(FIRST_PAGE);
  const [ticked, setTicked] = useState<readonly number[]>([]);
  const answer = useQuery(deadLettersQuestion(filter, limit));
  const isFiltered = Object.keys(filter).length > 0;
  const toggle = (sequence: number) =>
    setTicked(ticked.includes(sequence) ? ticked.filter((one) => one !== sequence) : [...ticked, sequence]);
  return (
    <Panel
      name="dead-letters"
      heading={deadLetters.heading}
      answer={answer}
      tools={answer.data && <Tools page={answer.data} ticked={ticked} />}
    >
      {({ letters, next }) =>
        letters.length === 0 ? (
          <p className="quiet">{isFiltered ? deadLetters.emptyFiltered : deadLetters.empty}</p>
        ) : (
          <>
            <DeadLetterTable letters={letters} ticked={ticked} toggle={toggle} />
            {next !== null && limit < MOST && (
              <button type="button" className="small" onClick={() => setLimit(MOST)}>
                {words.more}
              </button>
            )}
          </>
        )
      }
    </Panel>
  );
}

interface ToolsProps {
  readonly page: DeadLetterPage;
  readonly ticked: readonly number[];
}

function Tools({ page: { letters, open }, ticked }: ToolsProps) {
  const { words } = useSpeech();
  const { deadLetters, replay: say } = words.acting;
  const [filter, change] = useFilter("dead-letters");
  const { consumer = "", text } = filter;
  const set = (part: FilterOf<"dead-letters">) => change({ ...filter, ...part });
  // What was ticked may have been replayed meanwhile.
  const chosen = letters.map(({ sequence }) => sequence).filter((sequence) => ticked.includes(sequence));
  const matching = open.filter((one) => !consumer || one.consumer === consumer);
  const count = matching.reduce((sum, one) => sum + one.count, 0);
  return (
    <>
      <Filters label={deadLetters.filter} clear={Object.keys(filter).length > 0 ? () => change({}) : undefined}>
        <Choice
          label={deadLetters.consumer}
          value={consumer}
          change={(chosenConsumer) => set({ consumer: chosenConsumer })}
          options={{
            "": deadLetters.allConsumers,
            ...Object.fromEntries(
              [...open.map((one) => one.consumer), ...(consumer ? [consumer] : [])].map((name) => [name, name]),
            ),
          }}
        />
        <Search label={deadLetters.text} value={text} change={(typed) => set({ text: typed })} />
      </Filters>
      <Act
        label={say.ticked(chosen.length)}
        title={say.ticked(chosen.length)}
        text={say.text}
        isDisabled={chosen.length === 0}
        commands={() => chosen.map((sequence) => replay({ sequence }))}
      />
      {text ? (
        <Act
          label={say.listed(letters.length)}
          title={say.listed(letters.length)}
          text={say.text}
          isDisabled={letters.length === 0}
          commands={() => letters.map(({ sequence }) => replay({ sequence }))}
        />
      ) : (
        <Act
          label={say.all(count)}
          title={say.allTitle(count, consumer || matching.map((one) => one.consumer).join(", "))}
          text={say.text}
          isDisabled={count === 0}
          commands={() => matching.map((one) => replay({ consumer: one.consumer }))}
        />
      )}
    </>
  );
}
