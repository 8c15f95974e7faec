import type { JsonSchema } from "./json-schema.ts";

export function fieldTable(payload: JsonSchema): string {
  const required = new Set(payload.required);
  const rows = Object.entries(payload.properties ?? {}).map(([name, schema]) => [
    `\`${name}\``,
    typeInWords(schema),
    required.has(name) ? "yes" : "",
    descriptionOf(schema) ?? "",
  ]);
  return table(["field", "type", "required", "meaning"], rows);
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function descriptionOf(schema: JsonSchema): string | undefined {
  return schema.description ?? schema.anyOf?.find(({ description }) => description)?.description;
}

function typeInWords(schema: JsonSchema): string {
  const { type, format, anyOf, items, additionalProperties, properties } = schema;
  if (schema.enum) return schema.enum.map((choice) => `\`${choice}\``).join(" ");
  if (anyOf) return anyOf.map(typeInWords).join(" or ");
  if (type === "array" && items) return `list of ${typeInWords(items)}`;
  if (type === "object" && properties) {
    const fields = Object.entries(properties).map(([name, field]) => `\`${name}\`: ${typeInWords(field)}`);
    return `{ ${fields.join(", ")} }`;
  }
  if (type === "object" && typeof additionalProperties === "object") {
    const values = Object.keys(additionalProperties).length ? ` of ${typeInWords(additionalProperties)}` : "";
    return `object${values}`;
  }
  if (type === "integer" || type === "number") return numberInWords(schema);
  if (type === "string") return format === "date-time" ? "time" : (format?.toUpperCase() ?? textInWords(schema));
  return type ?? "anything";
}

function numberInWords({ type, minimum, exclusiveMinimum }: JsonSchema): string {
  const noun = type === "integer" ? "whole number" : "number";
  if (exclusiveMinimum !== undefined) return `${noun} > ${exclusiveMinimum}`;
  return minimum === undefined ? noun : `${noun} ≥ ${minimum}`;
}

function textInWords({ maxLength }: JsonSchema): string {
  return maxLength === undefined ? "text" : `text, at most ${maxLength} characters`;
}
