import { NOTICE_KINDS } from "@vigia/messages";
import { wordsFor } from "./index.ts";

const details = {
  orderId: "0123456789",
  check: "CHECK",
  severity: "critical",
  meaning: "what is wrong",
  failed: 1_217,
};

it.each(NOTICE_KINDS)("has words for %s in both languages, each its own", (kind) => {
  const english = wordsFor("en", kind, details);
  const spanish = wordsFor("es", kind, details);
  for (const { title, body } of [english, spanish]) {
    expect(title).not.toBe("");
    expect(body).toMatch(/01234567|what is wrong|1217/);
  }
  expect(spanish.title).not.toBe(english.title);
});

it.each([
  ["es-MX", "La orden ha caducado"],
  ["ES", "La orden ha caducado"],
  ["et", "The order has expired"],
  ["", "The order has expired"],
])("speaks to a user of %s", (language, title) => {
  expect(wordsFor(language, "order-expired", details).title).toBe(title);
});
