import type { RunStatus } from "../data/answers.ts";
import type { RunFilter } from "../data/run-filter.ts";
import { useSpeech } from "../language/language.tsx";

interface RunFiltersProps {
  readonly tasks: readonly string[];
  readonly filter: RunFilter;
  readonly change: (filter: RunFilter) => void;
}

export function RunFilters({ tasks, filter, change }: RunFiltersProps) {
  const { words } = useSpeech();
  const statuses = Object.keys(words.runs.statuses) as RunStatus[];
  return (
    <fieldset className="filters" aria-label={words.runs.filter}>
      <label>
        <span className="hidden">{words.runs.task}</span>
        <select value={filter.task ?? ""} onChange={({ target }) => change({ ...filter, task: target.value })}>
          <option value="">{words.runs.allTasks}</option>
          {tasks.map((task) => (
            <option key={task}>{task}</option>
          ))}
        </select>
      </label>
      <label>
        <span className="hidden">{words.runs.status}</span>
        <select value={filter.status ?? ""} onChange={({ target }) => change({ ...filter, status: target.value })}>
          <option value="">{words.runs.allStatuses}</option>
          {statuses.map((status) => (
            <option key={status} value={status}>
              {words.runs.statuses[status]}
            </option>
          ))}
        </select>
      </label>
      {(filter.task || filter.status) && (
        <button type="button" className="small" onClick={() => change({})}>
          {words.runs.clear}
        </button>
      )}
    </fieldset>
  );
}
