// Configs are written with help, checked while they are written, and sent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibility_findings, narrow, open_page, sideways_overflow_px, with_browser } from "./browser.mjs";

const address = process.env.BACKTEST_TEST_ADDRESS;
const editor = (page) => page.getByRole("textbox", { name: "Config" });

async function write(page, text) {
  await editor(page).click();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await page.keyboard.insertText(text);
}

test("a run is cloned, changed, checked and sent", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    await page.goto("/runs/sixty_forty");
    await page.getByRole("link", { name: "Clone and change" }).click();
    await page.getByText("# from sixty_forty").waitFor();
    await page.getByRole("status").getByText("valid", { exact: true }).waitFor();
    const text = (await editor(page).innerText()).replaceAll("\n\n", "\n");
    await write(page, text.replace(/initial_cash: .*/, "initial_cash: 250000"));
    await page.getByLabel("Run id").fill("cloned");
    await page.getByRole("status").getByText("valid", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Submit" }).click();
    await page.waitForURL(/runs\/cloned/);
    await page.locator("canvas").first().waitFor();
    const { effective_config } = await (await fetch(`${address}/backtests/cloned/config`)).json();
    assert.equal(effective_config.initial_cash, 250000);
    await fetch(`${address}/backtests/cloned`, { method: "DELETE" });
    await close();
  }));

test("keys and words are suggested where they belong", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    await page.goto("/submit");
    for (const [text, typed, wanted] of [
      ["", "bro", "broker"],
      ["broker:\n  ", "comm", "commission"],
      ["strategy:\n  type: configured\n  rebalance:\n    freq: ", "mo", "monthly"],
      ["strategy:\n  type: configured\n  scoring: {type: ", "mom", "momentum"],
      ["strategy:\n  type: configured\n  scoring:\n    type: momentum\n    ", "look", "lookback"],
      ["sizing:\n  class: FixedWeightSizer\n  parameters:\n    ", "wei", "weights"],
      ["strategy:\n  type: composite\n  legs:\n    - name: a\n      ", "wei", "weight"],
    ]) {
      await write(page, text);
      await page.keyboard.type(typed);
      const option = page.locator(".cm-tooltip-autocomplete").getByRole("option").filter({ hasText: wanted }).first();
      await option.waitFor({ timeout: 8_000 }).catch(() => assert.fail(`${JSON.stringify(text + typed)} does not suggest ${wanted}`));
      await page.keyboard.press("Escape");
    }
    await close();
  }));

test("a key is explained where the pointer rests", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    await page.goto("/submit");
    const word = editor(page).getByText("warmup_bars");
    await word.waitFor();
    const explanation = page.getByText("bars before start_date, for lookbacks only");
    // The page may move below the pointer while it fills: then it rests elsewhere, and is moved back.
    for (let tries = 0; tries < 6 && !(await explanation.isVisible()); ++tries) {
      await page.mouse.move(0, 0);
      await word.hover();
      await explanation.waitFor({ timeout: 4_000 }).catch(() => {});
    }
    assert.ok(await explanation.isVisible());
    await close();
  }));

test("what is wrong is said at its place, and nothing wrong is sent", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    await page.goto("/submit");
    await editor(page).waitFor();
    await write(page, "start_date: 2020-01-01\nbroker: {commision: 1}\n");
    await page.getByText(/did you mean 'commission'/).first().waitFor();
    await page.locator(".cm-lintRange-error").first().waitFor();
    assert.ok(await page.getByRole("button", { name: "Submit" }).isDisabled());
    await page.keyboard.press("Escape");
    assert.deepEqual(await accessibility_findings(page), []);
    await close();
  }));

test("a draft survives a reload, and a file can be opened", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    await page.goto("/submit");
    await editor(page).waitFor();
    await write(page, "run_name: kept\n");
    await page.getByText("kept").waitFor();
    await page.reload();
    await page.getByText("kept").waitFor();
    await page.getByLabel("or a file").setInputFiles({ name: "a.yaml", mimeType: "text/yaml", buffer: Buffer.from("run_name: of_file\n") });
    await page.getByText("of_file").waitFor();
    await close();
  }));

test("fits a telephone, in dark colours", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address, { viewport: narrow, scheme: "dark" });
    await page.goto("/submit");
    await page.getByRole("status").getByText("valid", { exact: true }).or(page.getByText(/error/).first()).first().waitFor();
    assert.equal(await sideways_overflow_px(page), 0);
    assert.deepEqual(await accessibility_findings(page), []);
    await close();
  }));
