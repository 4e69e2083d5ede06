// The list of runs: what it shows, how it is searched, and what can be done with what is chosen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibility_findings, narrow, open_page, sideways_overflow_px, with_browser } from "./browser.mjs";

const address = process.env.BACKTEST_TEST_ADDRESS;

test("shows every run with its state and numbers", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    await page.goto("/");
    const row = page.getByRole("row", { name: /momentum/ }).first();
    await row.getByText("completed").waitFor();
    assert.match(await row.innerText(), /%/);
    assert.match(await page.getByRole("row", { name: /broken/ }).first().innerText(), /failed/);
    assert.deepEqual(await accessibility_findings(page), []);
    await close();
  }));

test("a hostile name is text", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    page.on("dialog", () => assert.fail("a script of the name ran"));
    await page.goto("/?q=hostile");
    await page.getByText("<img src=x onerror=alert(1)>").first().waitFor();
    await page.goto("/runs/hostile");
    await page.getByRole("heading", { level: 1 }).getByText("<img src=x").waitFor();
    await page.getByRole("link", { name: "Config" }).click();
    await page.getByText('run_name: "<img').waitFor();
    await close();
  }));

test("search and state stand in the address and are read from it", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    await page.goto("/");
    await page.getByRole("link", { name: "momentum" }).first().waitFor();
    await page.getByLabel("Search").fill("sixty");
    await page.waitForURL(/q=sixty/);
    await page.getByRole("link", { name: "momentum" }).waitFor({ state: "detached" });
    await page.getByRole("link", { name: "sixty_forty" }).waitFor();
    await page.reload();
    await page.getByRole("link", { name: "sixty_forty" }).waitFor();
    assert.equal(await page.getByLabel("Search").inputValue(), "sixty");
    await page.getByLabel("Search").fill("");
    await page.getByRole("combobox", { name: /^State/ }).selectOption("failed");
    await page.getByRole("link", { name: "broken" }).waitFor();
    assert.equal(await page.getByRole("link", { name: "sixty_forty" }).count(), 0);
    await close();
  }));

test("runs are chosen and compared by the keyboard alone", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    await page.goto("/");
    for (const name of ["momentum", "sixty_forty"]) {
      await page.getByLabel(`Choose ${name}`).focus();
      await page.keyboard.press("Space");
    }
    await page.getByRole("link", { name: "Compare", exact: true }).last().focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Compare" }).waitFor();
    assert.match(page.url(), /ids=momentum,sixty_forty/);
    await close();
  }));

test("a new run appears by itself, and can be deleted", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    await page.goto("/");
    await page.getByRole("link", { name: "momentum" }).first().waitFor();
    const { config } = await (await fetch(`${address}/backtests/sixty_forty/config`)).json();
    await fetch(`${address}/backtests`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ config, run_id: "short-lived" }),
    });
    const row = page.getByRole("row", { name: /short-lived/ });
    await row.getByText("completed").waitFor();
    page.on("dialog", (dialog) => dialog.accept());
    await page.getByLabel("Choose short-lived").check();
    await page.getByRole("button", { name: /Delete/ }).click();
    await row.waitFor({ state: "detached" });
    assert.equal((await fetch(`${address}/backtests/short-lived`)).status, 404);
    await close();
  }));

test("columns are chosen", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    await page.goto("/");
    await page.getByText("Columns").first().click();
    await page.getByLabel("Trades").check();
    await page.getByRole("columnheader", { name: "Trades" }).waitFor();
    await page.getByLabel("Sharpe", { exact: true }).uncheck();
    await page.getByRole("columnheader", { name: "Sharpe" }).waitFor({ state: "detached" });
    assert.match(page.url(), /columns=/);
    await close();
  }));

test("fits a telephone, in dark colours", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address, { viewport: narrow, scheme: "dark" });
    await page.goto("/");
    await page.getByRole("link", { name: "momentum" }).first().waitFor();
    assert.equal(await sideways_overflow_px(page), 0);
    assert.deepEqual(await accessibility_findings(page), []);
    await close();
  }));

test("a run is tagged, renamed and found by its tag, and lists are sorted by the service", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    await page.goto("/runs/momentum");
    await page.getByRole("button", { name: "Edit name, tags and note" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Momentum of the year");
    await page.getByLabel("Tags", { exact: true }).fill("review, <b>bold</b>");
    await page.getByLabel("Note", { exact: true }).fill("as discussed");
    assert.deepEqual(await accessibility_findings(page), []);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { level: 1, name: "Momentum of the year" }).waitFor();
    await page.getByText("as discussed").waitFor();
    await page.getByRole("link", { name: "review" }).click();
    await page.waitForURL(/tags=review/);
    await page.getByRole("link", { name: "momentum", exact: true }).waitFor();
    assert.equal(await page.getByRole("link", { name: "sixty_forty" }).count(), 0);

    await page.goto("/");
    await page.getByLabel("Choose sixty_forty").check();
    await page.getByLabel("Tag", { exact: true }).fill("review");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.goto("/?tags=review&columns=tags,return,sharpe,submitted");
    await page.getByRole("link", { name: "sixty_forty" }).waitFor();

    await page.getByRole("button", { name: "Return" }).click();
    await page.waitForURL(/sort=-total_return/);
    await page.getByRole("button", { name: "Return" }).click();
    await page.waitForURL(/sort=total_return/);

    await page.goto("/?columns=ended,took");
    await page.getByRole("button", { name: "Took" }).click();
    await page.waitForURL(/sort=-duration/);
    await page.getByRole("link", { name: "broken" }).waitFor();
    await page.getByRole("button", { name: "Ended (UTC)" }).click();
    await page.waitForURL(/sort=-completed_at/);
    await page.getByRole("link", { name: "sixty_forty" }).waitFor();
    await close();
  }));
