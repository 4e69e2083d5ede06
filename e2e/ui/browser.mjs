// A real Chromium for tests of pages, and what every page is held against: nothing on the console, no request to another
// server, no finding of axe-core.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const packages = createRequire(`${root}/.deps/browser/node_modules/`);
const { chromium } = packages("playwright-core");
const axe_source = packages.resolve("axe-core/axe.min.js");

export const wide = { width: 1440, height: 900 };
export const narrow = { width: 390, height: 844 };

/** Runs `use(context)` in a browser that is closed afterwards. */
export async function with_browser(use) {
  // Containers have no user namespaces for the sandbox; the pages are our own.
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  try {
    return await use(browser);
  } finally {
    await browser.close();
  }
}

/** A page that notes what must not happen. `expected`: console messages that the test provokes. */
export async function open_page(browser, address, { viewport = wide, scheme = "light", expected = [], ...options } = {}) {
  const context = await browser.newContext({
    viewport, colorScheme: scheme, reducedMotion: "reduce", baseURL: address, ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const faults = [];
  const note = (text) => expected.some((pattern) => pattern.test(text)) || faults.push(text);
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && note(message.text()));
  page.on("pageerror", (error) => note(`${error.message}\n${error.stack}`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (!["data:", "blob:", "about:"].includes(url.protocol) && url.origin !== new URL(address).origin) note(`request to ${url}`);
  });
  return {
    page,
    async close() {
      await context.close();
      assert.deepEqual(faults, []);
    },
  };
}

/** What axe-core finds on the page as it is. The page's own policy would not let the checker in, so it enters by the
 * debugger's side door. */
export async function accessibility_findings(page) {
  const { readFileSync } = await import("node:fs");
  await page.evaluate(readFileSync(axe_source, "utf8"));
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return violations.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary}`).slice(0, 3).join(" | ")}`);
  });
}

/** Nothing is wider than the window. */
export async function sideways_overflow_px(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
