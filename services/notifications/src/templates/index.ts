import type { Details, NoticeKind } from "../notice.ts";
import { english, englishDigest } from "./en.ts";
import { spanish, spanishDigest } from "./es.ts";
import type { Words } from "./template.ts";

const LISTED = 20;

/** The words for a notice in the user's language, given as in `es` or `es-MX`; English where there are none in it. */
export function wordsFor(language: string, kind: NoticeKind, details: Details): Words {
  const templates = isSpanish(language) ? spanish : english;
  return templates[kind](details);
}

/** The words for many notices at once: the first of them by their own words, the rest as a number. */
export function digestWords(language: string, notices: readonly Words[]): Words {
  const digest = isSpanish(language) ? spanishDigest : englishDigest;
  const lines = notices.slice(0, LISTED).map(({ title, body }) => `- ${title}. ${body}`);
  const more = notices.length > LISTED ? [digest.more(notices.length - LISTED)] : [];
  return { title: digest.title(notices.length), body: [...lines, ...more].join("\n") };
}

function isSpanish(language: string): boolean {
  return /^es\b/i.test(language);
}
