import { useSpeech } from "../language/language.tsx";

/** Deeper JSON shows as text. */
const DEEPEST = 3;

/** JSON as an operator reads it: objects as lists of facts, side by side where there are several. */
export function Value({ value, depth = 0 }: { readonly value: unknown; readonly depth?: number }) {
  const { words } = useSpeech();
  if (value === null || value === undefined || value === "") return <span className="quiet">{words.none}</span>;
  if (typeof value === "boolean") return <>{value ? words.yes : words.no}</>;
  if (typeof value !== "object") return <code>{String(value)}</code>;
  const entries = Object.entries(value);
  if (entries.length === 0) return <span className="quiet">{words.none}</span>;
  if (depth >= DEEPEST) return <code>{JSON.stringify(value)}</code>;
  if (Array.isArray(value)) {
    return (
      <ul className="values">
        {entries.map(([index, item]) => (
          <li key={index}>
            <Value value={item} depth={depth + 1} />
          </li>
        ))}
      </ul>
    );
  }
  return (
    <dl className="facts">
      {entries.map(([name, item]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <Value value={item} depth={depth + 1} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
