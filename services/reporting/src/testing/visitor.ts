import type { Locator, Page } from "playwright-core";
import { PASSWORD } from "./scene.ts";

/** What somebody does on the page, by what they read there. */
export interface Visitor {
  logIn(name: string): Promise<void>;
  /** Opens what the button asks, fills it in, and confirms. */
  act(name: string | RegExp, values?: Readonly<Record<string, string>>): Promise<void>;
  panel(heading: string): Locator;
}

/** `page` is the one that is open now. */
export function visitorOf(page: () => Page): Visitor {
  return {
    async logIn(name) {
      await page().getByRole("button", { name: "Log in" }).click();
      const dialog = page().getByRole("dialog");
      await dialog.getByLabel("Name").fill(name);
      await dialog.getByLabel("Password").fill(PASSWORD);
      await dialog.getByRole("button", { name: "Log in" }).click();
      await page().getByText(`${name} ·`).waitFor();
    },
    async act(name, values = {}) {
      await page().getByRole("button", { name }).click();
      const dialog = page().getByRole("dialog");
      for (const [label, value] of Object.entries(values)) await dialog.getByLabel(label).fill(value);
      await dialog.getByRole("button", { name: "Confirm" }).click();
      await dialog.waitFor({ state: "detached" });
    },
    panel: (heading) => page().getByRole("region", { name: heading }),
  };
}
