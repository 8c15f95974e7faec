import { getChromium } from "@vigia/servers";
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const FLAGS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];
/** For a machine that is busy with other things too: nothing here is about speed. */
const ACTION_LIMIT_MS = 60_000;
const SERIOUS: readonly unknown[] = ["serious", "critical"];

/** A page in a browser of its own, and whatever its console said that is no good. */
export interface OpenedPage {
  readonly page: Page;
  readonly complaints: string[];
}

/** Opens Chromium with a new profile; the first time on a machine without one it is fetched. */
export async function openBrowser(): Promise<Browser> {
  const { program, environment } = await getChromium({
    report: (line) => process.stderr.write(`chromium: ${line}\n`),
  });
  const env = { ...(process.env as Record<string, string>), ...environment };
  return chromium.launch({ executablePath: program, args: FLAGS, env });
}

/** Opens the page in a context of its own: as somebody who has never been there, unless given cookies. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({
    ...{ locale: "en-GB", colorScheme: "light", viewport: { width: 1_400, height: 1_000 } },
    ...options,
  });
  context.setDefaultTimeout(ACTION_LIMIT_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.addInitScript(axe.source);
  await page.goto(url);
  return { page, complaints };
}

/** How far the page is wider than its window: whoever reads it on a phone would have to move it sideways. */
export async function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = (globalThis as unknown as { document: Rendered }).document.documentElement;
    return scrollWidth - clientWidth;
  });
}

interface Rendered {
  readonly documentElement: { readonly scrollWidth: number; readonly clientWidth: number };
}

/** The serious faults of the page as it stands for those who use it otherwise than by sight and mouse. */
export async function seriousFaults(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run({ resultTypes: ["violations"] }),
  );
  return violations
    .filter(({ impact }) => SERIOUS.includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}
