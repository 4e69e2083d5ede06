// Runs that wait: the list tells their places in the queue, and follows as others go.
import { test } from "node:test";
import { open_page, with_browser } from "./browser.mjs";

const address = process.env.BACKTEST_TEST_ADDRESS;

test("places in the queue change by themselves, at the top of the list and far down", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    const row = (name) => page.getByRole("row", { name: new RegExp(name) });
    const cancel = (name) => fetch(`${address}/backtests/${name}/cancel`, { method: "POST" });
    await page.goto("/");
    await row("waits-259").getByText("queued #260", { exact: true }).waitFor();
    await cancel("waits-000");
    await row("waits-259").getByText("queued #259", { exact: true }).waitFor();

    await page.waitForFunction(() => {
      const list = document.querySelector('[role="region"][aria-label="Runs"]');
      list.scrollTo(0, list.scrollHeight);
      return list.innerText.includes("waits-001");
    });
    await row("waits-000").getByText("cancelled").waitFor();
    await row("waits-001").getByText("queued #1", { exact: true }).waitFor();
    await cancel("waits-001");
    await row("waits-001").getByText("cancelled").waitFor();
    await row("waits-002").getByText("queued #1", { exact: true }).waitFor();
    await close();
  }));
