import { readFileSync } from "node:fs";
import { join } from "node:path";
import { adviceInEnglish } from "./advice.en.ts";
import { adviceInSpanish } from "./advice.es.ts";
import { checksInEnglish } from "./checks.en.ts";
import { checksInSpanish } from "./checks.es.ts";

/** Made from the checks themselves. */
const DOCUMENT = readFileSync(join(__dirname, "../../../../../docs/checks.md"), "utf8");

it("explains the same checks in every language", () => {
  expect(Object.keys(checksInSpanish)).toEqual(Object.keys(checksInEnglish));
  expect(Object.keys(adviceInSpanish)).toEqual(Object.keys(adviceInEnglish));
});

it("advises on each check what docs/checks.md does", () => {
  const documented = DOCUMENT.match(/^- `[A-Z_]+`: .* _What to do:_ .*$/gm);
  const shown = Object.entries(adviceInEnglish).map(
    ([check, { why, remedy }]) => `- \`${check}\`: ${why} _What to do:_ ${remedy}`,
  );
  expect(shown).toEqual(documented);
});
