// What a day has, once from end to end: a run is found, filtered, looked at, changed, sent, watched, compared, tagged and
// deleted. For each run store, which is what lies behind all of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open_page, with_browser } from "./browser.mjs";

const address = process.env.BACKTEST_TEST_ADDRESS;

test("from the list to a variant of a run and back", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    const run = (name) => page.getByRole("link", { name, exact: true });
    await page.goto("/");
    await run("momentum").waitFor();
    await page.getByRole("searchbox", { name: "Search" }).fill("sixty");
    await run("momentum").waitFor({ state: "detached" });

    await run("sixty_forty").click();
    await page.locator("canvas").first().waitFor();
    await page.getByRole("link", { name: "Clone and change" }).click();
    await page.getByRole("status").getByText("valid", { exact: true }).waitFor();
    await page.getByLabel("Run id").fill("variant");
    await page.getByLabel("Tags", { exact: true }).fill("seen");
    await page.getByRole("button", { name: "Submit" }).click();
    await page.waitForURL(/runs\/variant/);
    await page.locator("canvas").first().waitFor();

    await page.goto("/?tags=seen");
    await run("variant").waitFor();
    assert.equal(await run("momentum").count(), 0);

    await page.goto("/?columns=return,sharpe,submitted&sort=-total_return");
    await run("variant").waitFor();
    await page.getByText("Filters").first().click();
    await page.getByLabel("Return at least").fill("-0.99");
    await page.getByLabel("Return at least").blur();
    await page.waitForURL(/total_return_min=-0.99/);
    await run("broken").waitFor({ state: "detached" });
    await page.getByText("Filters (1)").waitFor();
    await page.getByRole("button", { name: "Clear" }).click();
    await page.waitForURL((url) => !url.search.includes("total_return_min"));

    for (const name of ["momentum", "variant"]) await page.getByLabel(`Choose ${name}`).check();
    await page.getByRole("link", { name: "Compare", exact: true }).last().click();
    await page.getByRole("heading", { name: "Compare" }).waitFor();
    await page.locator("canvas").first().waitFor();

    page.on("dialog", (dialog) => dialog.accept());
    await page.goto("/?tags=seen");
    await page.getByLabel("Choose variant").check();
    await page.getByRole("button", { name: /Delete/ }).click();
    await run("variant").waitFor({ state: "detached" });
    assert.equal((await fetch(`${address}/backtests/variant`)).status, 404);
    await close();
  }));
