import { readFileSync } from "node:fs";
import { join } from "node:path";
import { document } from "./document.ts";

it("is what docs/checks.md holds; `npm run document -w @vigia/consistency` writes it", () => {
  expect(readFileSync(join(__dirname, "../../../../docs/checks.md"), "utf8")).toBe(document());
});
