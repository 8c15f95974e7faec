import { type DocumentedSetting, sections } from "./settings.ts";

interface ObjectSchema {
  type: "object";
  additionalProperties: false;
  properties: Record<string, unknown>;
}

/** The JSON Schema of `vigia.yaml`, for editors. Nothing is required: the environment may give it. */
export function fileSchema(): object {
  const [common, ...services] = sections();
  const root = emptyObject();
  for (const setting of common?.settings ?? []) place(root, setting);
  for (const { service, settings } of services) {
    const section = emptyObject();
    for (const setting of [...(common?.settings ?? []), ...settings]) place(section, setting);
    if (service !== undefined) root.properties[service] = section;
  }
  return { $schema: "https://json-schema.org/draft/2020-12/schema", title: "vigia.yaml", ...root };
}

function place(root: ObjectSchema, { keys, schema, description, variable }: DocumentedSetting): void {
  const parents = keys.slice(0, -1);
  const parent = parents.reduce((object, key) => {
    object.properties[key] ??= emptyObject();
    return object.properties[key] as ObjectSchema;
  }, root);
  parent.properties[keys.at(-1) ?? ""] = { ...schema, description: `${description}. In the environment: ${variable}` };
}

function emptyObject(): ObjectSchema {
  return { type: "object", additionalProperties: false, properties: {} };
}
