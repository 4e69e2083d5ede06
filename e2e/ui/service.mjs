// How the service does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibility_findings, narrow, open_page, sideways_overflow_px, with_browser } from "./browser.mjs";

const address = process.env.BACKTEST_TEST_ADDRESS;

test("readiness and telemetry are shown", () =>
  with_browser(async (browser) => {
    for (const options of [{}, { viewport: narrow, scheme: "dark" }]) {
      const { page, close } = await open_page(browser, address, options);
      await page.goto("/service");
      await page.getByText("Ready.").waitFor();
      await page.getByText("backtest_store_up").waitFor();
      assert.equal(await sideways_overflow_px(page), 0);
      assert.deepEqual(await accessibility_findings(page), []);
      await close();
    }
  }));
