import type { FormEvent, ReactNode } from "react";
import { useSpeech } from "../language/language.tsx";

interface FiltersProps {
  readonly label: string;
  /** Undefined: nothing is narrowed. */
  readonly clear: (() => void) | undefined;
  readonly children: ReactNode;
}

/** What a list can be narrowed by. */
export function Filters({ label, clear, children }: FiltersProps) {
  const { words } = useSpeech();
  return (
    <fieldset className="filters" aria-label={label}>
      {children}
      {clear && (
        <button type="button" className="small" onClick={clear}>
          {words.filters.clear}
        </button>
      )}
    </fieldset>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly change: (value: string) => void;
  /** Values and what they are called, in their order. */
  readonly options: Readonly<Record<string, string>>;
}

export function Choice({ label, value, change, options }: ChoiceProps) {
  return (
    <label>
      <span className="hidden">{label}</span>
      <select value={value} onChange={({ target }) => change(target.value)}>
        {Object.entries(options).map(([one, name]) => (
          <option key={one} value={one}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

interface SearchProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly change: (value: string) => void;
}

/** Searches when Enter is pressed or the field is left, not at each letter. */
export function Search({ label, value = "", change }: SearchProps) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    change(String(new FormData(event.currentTarget).get("text")).trim());
  };
  return (
    // Anew for each value: another list's link may set it.
    <form
      key={value}
      className="search"
      onSubmit={submit}
      onBlur={({ currentTarget }) => currentTarget.requestSubmit()}
    >
      <input type="search" name="text" aria-label={label} placeholder={label} defaultValue={value} maxLength={200} />
    </form>
  );
}
