import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(__dirname, "..", "..", "..", "..");

/** A fenced block of a page. */
export interface Block {
  readonly language: string;
  readonly text: string;
}

/** The pages for people, by their path from the project's folder. */
export function pages(): string[] {
  const below = (folder: string) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith(".md"))
      .map((name) => `${folder}/${name}`);
  return ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", ...below("docs"), ...below("docs/es")];
}

export function readPage(page: string): string {
  return readFileSync(join(ROOT, page), "utf8");
}

export function blocksOf(page: string): Block[] {
  return [...readPage(page).matchAll(/^ *```(\w*)\n([\s\S]*?)^ *```$/gm)].map(([, language = "", text = ""]) => ({
    language,
    text,
  }));
}

/** A call of `vigia` in a page. Within a line it may stop short: what speaks of a command names no argument. */
export interface Call {
  readonly text: string;
  readonly isWhole: boolean;
}

/** Those in a block of a shell's, and those within a line, without what a shell does with them. */
export function callsOf(page: string): Call[] {
  const inBlocks = blocksOf(page)
    .filter(({ language }) => language === "sh")
    .flatMap(({ text }) => text.replace(/\\\n/g, " ").split("\n"));
  const text = readPage(page).replace(/^ *```[\s\S]*?^ *```$/gm, "");
  const inLines = [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code.replace(/\s+/g, " "));
  return [
    ...inBlocks.flatMap(readCall).map((call) => ({ text: call, isWhole: true })),
    ...inLines.flatMap(readCall).map((call) => ({ text: call, isWhole: false })),
  ];
}

function readCall(line: string): string[] {
  const [, call] = /^ *(?:npx |docker compose run --rm )?vigia ([a-z-].*)$/.exec(line) ?? [];
  return call ? [call.replace(/ +(#|\||>|&&|;).*$/, "")] : [];
}

/** What a page leaves open, as one might fill it in. */
const FILLED_IN: readonly (readonly [RegExp, string])[] = [
  [/\bCODE\b/g, "AMOUNT_MISMATCH"],
  [/\bNUMBER\b/g, "12"],
  [/\b(NAME|NOMBRE)\b/g, "cleanup.expire-orders"],
  [/\bSERVICE\b/g, "cleanup"],
  [/<task>/g, "cleanup.expire-orders"],
  [/<\w*block>/gi, "7"],
  [/0x[0-9a-f]*…/g, `0x${"0".repeat(40)}`],
  [/…/g, "something"],
];

/** The words of a call, as a shell would part them. */
export function wordsOf(call: string): string[] {
  const filled = FILLED_IN.reduce((text, [open, value]) => text.replace(open, value), call);
  return [...filled.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? "",
  );
}
