// The page of a run while it runs: the NAV so far, and a line of it that grows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibility_findings, narrow, open_page, sideways_overflow_px, wide, with_browser } from "./browser.mjs";

const { BACKTEST_TEST_ADDRESS: address, BACKTEST_TEST_CONFIG: config } = process.env;
const initial_cash = JSON.parse(config).initial_cash;

async function submit(run_id) {
  const body = JSON.stringify({ config: JSON.parse(config), run_id });
  const reply = await fetch(`${address}/backtests`, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  assert.equal(reply.status, 202, await reply.text());
}
const cancel = (run_id) => fetch(`${address}/backtests/${run_id}/cancel`, { method: "POST" });
const number_of = (text) => Number(text.replaceAll(",", "").replace("−", "-").replace(" %", ""));

/** The date where the line begins, and how many points it has: as the page says them at one moment. */
const line_of = (page) =>
  page.evaluate(() => {
    const figure = document.querySelector('figure[aria-label="NAV so far"]');
    const begins = /begins at (\d{4}-\d\d-\d\d)/.exec(figure.innerText);
    return { begins: begins?.[1] ?? null, points: figure.querySelector("path.line")?.getAttribute("d").match(/[ML]/g).length ?? 0 };
  });
const line_of_at_least = (page, points) =>
  page.waitForFunction(
    (least) => (document.querySelector("path.line")?.getAttribute("d").match(/[ML]/g) ?? []).length >= least, points, { timeout: 60_000 });
const top_of_views_px = async (page) => (await page.getByRole("navigation", { name: "Views of the run" }).boundingBox()).y;

for (const [name, viewport, scheme] of [["wide", wide, "light"], ["narrow", narrow, "dark"]]) {
  test(`a run that runs shows its NAV so far: ${name}, ${scheme}`, () =>
    with_browser(async (browser) => {
      await submit(`before-${name}`);
      await submit(`watched-${name}`);
      const { page, close } = await open_page(browser, address, { viewport, scheme });
      await page.goto(`/runs/watched-${name}`);
      const figure = page.getByRole("figure", { name: "NAV so far" });
      await figure.getByText("There is none before the first bar.").waitFor();
      const top_px = await top_of_views_px(page);
      assert.deepEqual(await accessibility_findings(page), []);

      await cancel(`before-${name}`);
      await line_of_at_least(page, 1);
      const { begins } = await line_of(page);
      await line_of_at_least(page, 3);
      assert.equal((await line_of(page)).begins, begins, "what was told stays");
      assert.equal(await top_of_views_px(page), top_px, "nothing moves");
      await figure.getByText(/^from 100,000/).waitFor();
      const [nav, cumulative_return] = await page.evaluate(() => {
        const line = document.querySelector('figure[aria-label="NAV so far"] p');
        return [line.querySelector("strong").innerText, line.querySelectorAll("span")[1].innerText];
      });
      assert.ok(Math.abs(number_of(nav) / initial_cash - 1 - number_of(cumulative_return) / 100) < 1e-4, `${nav}: ${cumulative_return}`);
      await page.getByRole("img", { name: new RegExp(`^NAV from [0-9,.]+ at ${begins} to [0-9,.]+ at 2`) }).waitFor();
      assert.deepEqual(await accessibility_findings(page), []);
      assert.equal(await sideways_overflow_px(page), 0);

      const late = await open_page(browser, address, { viewport, scheme });
      await late.page.goto(`/runs/watched-${name}`);
      await line_of_at_least(late.page, 2);
      assert.ok((await line_of(late.page)).begins > begins, "a page that came later begins later");
      await late.close();

      await cancel(`watched-${name}`);
      await page.getByText("it is cancelled; its NAV at 2").waitFor();
      assert.equal(await figure.count(), 0);
      await close();
    }));
}
