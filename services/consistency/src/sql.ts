/** SQL with its values beside it, made of pieces: a piece within a piece keeps its values. */
export interface Sql {
  readonly strings: readonly string[];
  readonly values: readonly unknown[];
}

/** Whatever stands in `${}` becomes a parameter, unless it is SQL itself. */
export function sql(template: TemplateStringsArray, ...values: readonly unknown[]): Sql {
  const strings = [template[0] ?? ""];
  const kept: unknown[] = [];
  values.forEach((value, index) => {
    const after = template[index + 1] ?? "";
    const piece: Sql = isSql(value) ? value : { strings: ["", ""], values: [value] };
    const [first = "", ...rest] = piece.strings;
    strings.push(`${strings.pop() ?? ""}${first}`, ...rest);
    strings.push(`${strings.pop() ?? ""}${after}`);
    kept.push(...piece.values);
  });
  return { strings, values: kept };
}

/** The text with numbered parameters, for whoever runs it. */
export function textOf({ strings }: Sql): string {
  return strings.reduce((text, next, index) => `${text}$${index}${next}`);
}

function isSql(value: unknown): value is Sql {
  return typeof value === "object" && value !== null && "strings" in value && "values" in value;
}
