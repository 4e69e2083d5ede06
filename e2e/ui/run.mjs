// The page of a run: its figures and views, and how it follows a run that goes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibility_findings, narrow, open_page, sideways_overflow_px, with_browser } from "./browser.mjs";

const address = process.env.BACKTEST_TEST_ADDRESS;
const summary_of = async (run_id) => (await fetch(`${address}/backtests/${run_id}/summary`)).json();
const percent = (value) => `${(value * 100).toFixed(2).replace("-", "−")} %`;

test("figures are those of the summary, and charts are drawn", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    await page.goto("/runs/momentum");
    const summary = await summary_of("momentum");
    await page.getByText(percent(summary.total_return), { exact: true }).first().waitFor();
    await page.getByText(percent(summary.max_drawdown), { exact: true }).first().waitFor();
    await page.locator("canvas").nth(1).waitFor();
    await page.getByRole("row", { name: /^2018/ }).waitFor();
    assert.deepEqual(await accessibility_findings(page), []);
    await close();
  }));

test("a chart is read by the pointer and by the arrow keys", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    await page.goto("/runs/momentum");
    await page.locator("canvas").first().waitFor();
    const chart = page.getByRole("img", { name: /^NAV/ });
    const before = await chart.getAttribute("aria-label");
    await chart.focus();
    await page.keyboard.press("PageUp");
    const by_key = await chart.getAttribute("aria-label");
    assert.notEqual(by_key, before);
    const box = await chart.boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.waitForFunction((text) => document.querySelector('[role="img"]').getAttribute("aria-label") !== text, by_key);
    await page.getByRole("button", { name: "1 year" }).click();
    await page.waitForURL(/years=1/);
    await page.getByLabel("log scale").check();
    await page.waitForURL(/log=1/);
    await close();
  }));

test("tables are searched and sorted", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    await page.goto("/runs/momentum?tab=trades");
    const region = page.getByRole("region", { name: "Trades" });
    await region.getByRole("row").nth(2).waitFor();
    const symbol = await region.getByRole("row").nth(1).getByRole("cell").nth(1).innerText();
    await page.getByLabel("Search").fill(symbol);
    await page.waitForFunction((text) => [...document.querySelectorAll("tbody tr")].every((row) => row.innerText.includes(text)), symbol);
    await region.getByRole("button", { name: "quantity" }).click();
    await region.getByRole("button", { name: "quantity" }).click();
    assert.equal(await region.getByRole("columnheader", { name: /quantity/ }).getAttribute("aria-sort"), "descending");
    const quantities = await region.getByRole("row").evaluateAll((rows) =>
      rows.slice(1, 8).map((row) => Number(row.children[2].innerText.replaceAll(",", "").replace("−", "-"))));
    assert.deepEqual(quantities, quantities.toSorted((a, b) => b - a));
    assert.deepEqual(await accessibility_findings(page), []);
    await close();
  }));

test("every view of a run opens by its link without a finding", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    await page.goto("/runs/momentum");
    const tabs = page.getByRole("navigation", { name: "Views of the run" }).getByRole("link");
    await tabs.nth(8).waitFor();
    for (const name of await tabs.allInnerTexts()) {
      const tab = tabs.filter({ hasText: name }).first();
      await tab.click();
      await tab.and(page.locator("[aria-current=page]")).waitFor();
      await page.waitForFunction(() =>
        [...document.querySelectorAll("[role=status]")].every((status) => !status.textContent.startsWith("Loading")));
      assert.equal(await page.getByRole("alert").count(), 0, name);
      assert.deepEqual(await accessibility_findings(page), [], name);
    }
    await close();
  }));

test("a config shows its defaults and how it differs from another run's", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    await page.goto("/runs/momentum?tab=config");
    await page.getByText("run_name: momentum").waitFor();
    await page.getByLabel("with every default").check();
    await page.getByText("unfilled_bars").waitFor();
    await page.getByLabel("Differences to run").fill("sixty_forty");
    await page.getByRole("button", { name: "Show" }).click();
    await page.getByRole("rowheader", { name: "sizing.class" }).waitFor();
    await close();
  }));

test("an artifact is saved and viewed", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    await page.goto("/runs/momentum?tab=artifacts");
    const saving = page.waitForEvent("download");
    await page.getByLabel("Save trades.csv").click();
    assert.equal((await saving).suggestedFilename(), "trades.csv");
    await page.getByLabel("View summary.json").click();
    await page.getByText('"annualized_return"').waitFor();
    await close();
  }));

test("a run is followed from the queue to its results", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    const { config } = await (await fetch(`${address}/backtests/long_short/config`)).json();
    await fetch(`${address}/backtests`, {
      method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ config: { ...config, run_name: "followed" }, run_id: "followed" }),
    });
    await page.goto("/runs/followed");
    await page.getByRole("progressbar").waitFor();
    await page.locator("canvas").first().waitFor();
    assert.equal(await page.getByRole("progressbar").count(), 0);
    await page.getByRole("link", { name: "History" }).click();
    await page.getByRole("listitem").filter({ hasText: "running" }).first().waitFor();
    await close();
  }));

test("a run that failed says why, and one that is not there too", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address, { expected: [/404/] });
    await page.goto("/runs/broken");
    const record = await (await fetch(`${address}/backtests/broken`)).json();
    await page.getByText(record.error_code).waitFor();
    assert.deepEqual(await accessibility_findings(page), []);
    await page.goto("/runs/nobody");
    await page.getByRole("alert").waitFor();
    await close();
  }));

test("fits a telephone", () =>
  with_browser(async (browser) => {
    for (const scheme of ["light", "dark"]) {
      const { page, close } = await open_page(browser, address, { viewport: narrow, scheme });
      await page.goto("/runs/momentum");
      await page.locator("canvas").nth(1).waitFor();
      assert.equal(await sideways_overflow_px(page), 0);
      assert.deepEqual(await accessibility_findings(page), []);
      await close();
    }
  }));

test("the tear sheet is shown in a frame that can reach nothing", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    await page.goto("/runs/momentum?tab=tearsheet");
    const frame = page.frameLocator("iframe");
    await frame.getByText("momentum").first().waitFor();
    const origin = await page.frames().at(-1).evaluate(() => window.origin);
    assert.equal(origin, "null");
    await close();
  }));
