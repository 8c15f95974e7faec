import type { Details, NoticeKind } from "../notice.ts";
import { english } from "./en.ts";
import { spanish } from "./es.ts";
import type { Words } from "./template.ts";

/** The words for a notice in the user's language, given as in `es` or `es-MX`; English where there are none in it. */
export function wordsFor(language: string, kind: NoticeKind, details: Details): Words {
  const templates = /^es\b/i.test(language) ? spanish : english;
  return templates[kind](details);
}
