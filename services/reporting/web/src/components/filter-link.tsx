import type { MouseEvent, ReactNode } from "react";
import { type FilterOf, type ListName, showFiltered, withFilter } from "../data/filter.ts";

interface FilterLinkProps<List extends ListName> {
  readonly list: List;
  readonly filter: FilterOf<List>;
  readonly children: ReactNode;
}

/** Leads to a list that is narrowed to something; it can be opened elsewhere, as any link. */
export function FilterLink<List extends ListName>({ list, filter, children }: FilterLinkProps<List>) {
  const follow = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    showFiltered(list, filter);
  };
  return (
    <a href={`./${withFilter("", list, filter)}#${list}`} onClick={follow}>
      {children}
    </a>
  );
}
