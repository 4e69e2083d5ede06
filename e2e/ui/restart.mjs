// A server that is killed and started again while somebody watches a run: the page says so, and goes on by itself.
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { open_page, with_browser } from "./browser.mjs";

const { BACKTEST_TEST_ADDRESS: address, BACKTEST_TEST_OPENED: opened } = process.env;

test("a page outlives its server", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address, { expected: [/ERR_/] });
    await page.goto("/runs/watched");
    await page.getByRole("progressbar").waitFor();
    await page.getByText(/\d+ before it/).waitFor();
    writeFileSync(opened, "");
    await page.getByText("The service does not answer").waitFor();
    await page.locator("canvas").first().waitFor({ timeout: 60_000 });
    await close();
  }));
