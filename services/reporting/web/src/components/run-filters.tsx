import { type FilterOf, useFilter } from "../data/filter.ts";
import { useSpeech } from "../language/language.tsx";
import { Choice, Filters, Search } from "./filters.tsx";

export function RunFilters({ tasks }: { readonly tasks: readonly string[] }) {
  const { words } = useSpeech();
  const [filter, change] = useFilter("runs");
  // The tasks may still be asked for, and what is filtered by is known.
  const named = [...new Set([...tasks, ...(filter.task ? [filter.task] : [])])];
  const set = (part: FilterOf<"runs">) => change({ ...filter, ...part });
  return (
    <Filters label={words.runs.filter} clear={Object.keys(filter).length > 0 ? () => change({}) : undefined}>
      <Choice
        label={words.runs.task}
        value={filter.task ?? ""}
        change={(task) => set({ task })}
        options={{ "": words.runs.allTasks, ...Object.fromEntries(named.map((task) => [task, task])) }}
      />
      <Choice
        label={words.runs.status}
        value={filter.status ?? ""}
        change={(status) => set({ status })}
        options={{ "": words.runs.allStatuses, ...words.runs.statuses }}
      />
      <Search label={words.runs.text} value={filter.text} change={(text) => set({ text })} />
    </Filters>
  );
}
