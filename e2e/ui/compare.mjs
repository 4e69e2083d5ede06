// Runs side by side.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibility_findings, narrow, open_page, sideways_overflow_px, with_browser } from "./browser.mjs";

const address = process.env.BACKTEST_TEST_ADDRESS;
const link = "/compare?ids=momentum,long_short,sixty_forty";

test("figures stand side by side with the best marked, and charts lie over each other", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    await page.goto(link);
    await page.locator("canvas").nth(2).waitFor();
    const sharpe = await Promise.all(["momentum", "long_short", "sixty_forty"].map(async (run_id) =>
      (await (await fetch(`${address}/backtests/${run_id}/summary`)).json()).sharpe_ratio));
    const best = sharpe.indexOf(Math.max(...sharpe));
    const cells = page.getByRole("row", { name: /^sharpe ratio/ }).getByRole("cell");
    assert.match(await cells.nth(best).innerText(), /best/);
    assert.equal(await cells.filter({ hasText: "best" }).count(), 1);
    const correlation = page.getByRole("region", { name: "Correlation of daily returns" });
    assert.match(await correlation.getByRole("row", { name: /^momentum/ }).last().innerText(), /1\.00/);
    await page.getByRole("rowheader", { name: "run_name" }).waitFor();
    assert.deepEqual(await accessibility_findings(page), []);
    await close();
  }));

test("runs are added and taken out, and the address says so", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    await page.goto("/compare?ids=momentum");
    await page.getByText("Choose two to ten runs").waitFor();
    await page.getByLabel("Add run").fill("composite");
    await page.keyboard.press("Enter");
    await page.locator("canvas").first().waitFor();
    assert.match(page.url(), /ids=momentum(,|%2C)composite/);
    await page.getByRole("button", { name: "Take momentum out" }).click();
    await page.getByText("Choose two to ten runs").waitFor();
    await page.goBack();
    await page.locator("canvas").first().waitFor();
    await close();
  }));

test("one that is not there is said", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address, { expected: [/404/] });
    await page.goto("/compare?ids=momentum,nobody");
    await page.getByRole("alert").waitFor();
    await close();
  }));

test("fits a telephone, in dark colours", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address, { viewport: narrow, scheme: "dark" });
    await page.goto(link);
    await page.locator("canvas").nth(2).waitFor();
    assert.equal(await sideways_overflow_px(page), 0);
    assert.deepEqual(await accessibility_findings(page), []);
    await close();
  }));
