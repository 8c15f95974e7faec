import { type FilterOf, useFilter } from "../data/filter.ts";
import { useSpeech } from "../language/language.tsx";
import { Choice, Filters, Search } from "./filters.tsx";

export function NoticeFilters() {
  const { words } = useSpeech();
  const { filters, statuses } = words.notices;
  const [filter, change] = useFilter("notifications");
  const set = (part: FilterOf<"notifications">) => change({ ...filter, ...part });
  return (
    <Filters label={filters.label} clear={Object.keys(filter).length > 0 ? () => change({}) : undefined}>
      <Search label={filters.user} value={filter.user} change={(user) => set({ user })} />
      <Search label={filters.order} value={filter.order} change={(order) => set({ order })} />
      <Choice
        label={filters.delivery}
        value={filter.delivery ?? ""}
        change={(delivery) => set({ delivery })}
        options={{ "": filters.everyDelivery, ...statuses }}
      />
    </Filters>
  );
}
