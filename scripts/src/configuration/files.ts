import { join } from "node:path";
import { fileSchema } from "./json-schema.ts";
import { configurationReference } from "./reference.ts";

const DOCS = join(__dirname, "..", "..", "..", "docs");

/** The documents as the schemas want them to be. */
export function configurationFiles(): { readonly path: string; readonly text: string }[] {
  return [
    { path: join(DOCS, "configuration.md"), text: configurationReference() },
    { path: join(DOCS, "vigia.schema.json"), text: `${JSON.stringify(fileSchema(), undefined, 2)}\n` },
  ];
}
