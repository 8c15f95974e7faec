import { checksInEnglish } from "./checks.en.ts";
import { checksInSpanish } from "./checks.es.ts";

it("explains the same checks in every language", () => {
  expect(Object.keys(checksInSpanish)).toEqual(Object.keys(checksInEnglish));
});
