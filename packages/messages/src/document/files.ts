import { join } from "node:path";
import { asyncApi } from "./async-api.ts";
import { messagesMarkdown } from "./markdown.ts";

const DOCS = join(__dirname, "..", "..", "..", "..", "docs");

export interface DocumentFile {
  readonly path: string;
  readonly text: string;
}

/** The documents as the schemas want them to be. */
export function documentFiles(): DocumentFile[] {
  return [
    { path: join(DOCS, "messages.md"), text: messagesMarkdown() },
    { path: join(DOCS, "asyncapi.json"), text: `${JSON.stringify(asyncApi(), undefined, 2)}\n` },
  ];
}
