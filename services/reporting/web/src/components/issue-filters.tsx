import { type FilterOf, useFilter } from "../data/filter.ts";
import { useSpeech } from "../language/language.tsx";
import { Choice, Filters, Search } from "./filters.tsx";

/** In the address, issues of every status; without any, the open ones are meant. */
export const EVERY_STATUS = "all";

export function IssueFilters() {
  const { words } = useSpeech();
  const [filter, change] = useFilter("issues");
  const { filters, severities, statuses, meanings } = words.issues;
  const set = (part: FilterOf<"issues">) => change({ ...filter, ...part });
  // A check of the marketplace's own is not among those that the page explains.
  const checks = [...new Set([...Object.keys(meanings), ...(filter.check ? [filter.check] : [])])].sort();
  return (
    <Filters label={filters.label} clear={Object.keys(filter).length > 0 ? () => change({}) : undefined}>
      <Choice
        label={words.acting.issueStatus}
        value={filter.status ?? "open"}
        change={(status) => set({ status: status === "open" ? "" : status })}
        options={{ ...statuses, [EVERY_STATUS]: filters.everyStatus }}
      />
      <Choice
        label={filters.severity}
        value={filter.severity ?? ""}
        change={(severity) => set({ severity })}
        options={{ "": filters.everySeverity, ...severities }}
      />
      <Choice
        label={filters.check}
        value={filter.check ?? ""}
        change={(check) => set({ check })}
        options={{ "": filters.everyCheck, ...Object.fromEntries(checks.map((check) => [check, check])) }}
      />
      <Search label={filters.entity} value={filter.entity} change={(entity) => set({ entity })} />
      <Search label={filters.text} value={filter.text} change={(text) => set({ text })} />
    </Filters>
  );
}
