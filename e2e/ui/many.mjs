// A store of 100,000 runs: how soon the page is there, and scrolling through them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open_page, with_browser } from "./browser.mjs";

const address = process.env.BACKTEST_TEST_ADDRESS;

test("the list is there at once and scrolls on, with few rows in the page", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    const before = performance.now();
    await page.goto("/");
    await page.getByRole("link", { name: "many-099999" }).waitFor();
    const seconds = (performance.now() - before) / 1000;
    console.log(`first rows of 100,000 runs after ${seconds.toFixed(2)} s`);
    const frame = page.getByRole("region", { name: "Runs" });
    for (let turn = 0; turn < 30; ++turn) {
      const known = await page.getByRole("status").first().innerText();
      await frame.evaluate((element) => element.scrollTo(0, element.scrollHeight));
      await page.waitForFunction((text) => document.querySelector('[role="status"]').innerText !== text, known);
    }
    const shown = await page.getByRole("status").first().innerText();
    assert.ok(Number(/[\d,]+/.exec(shown)[0].replace(",", "")) >= 3_000, shown);
    assert.ok((await page.getByRole("row").count()) < 60);
    await page.getByLabel("Search").fill("many-000042");
    await page.getByRole("link", { name: "many-000042" }).waitFor();
    await close();
  }));
