// Signing in by a key and by an identity provider: what is asked for, what is kept, and what an expiry leaves.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibility_findings, open_page, with_browser } from "./browser.mjs";

const { BACKTEST_TEST_KEY_ADDRESS: key_address, BACKTEST_TEST_OIDC_ADDRESS: oidc_address, BACKTEST_TEST_ISSUER: issuer } = process.env;
const refused = [/401/];

test("a key is asked for, sent and kept in memory alone", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, key_address, { expected: refused });
    await page.goto("/?status=completed");
    await page.getByLabel("API key").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("does not accept").waitFor();
    assert.deepEqual(await accessibility_findings(page), []);
    await page.getByLabel("API key").fill("right");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("link", { name: "kept" }).click();
    await page.locator("canvas").first().waitFor();
    const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
    assert.doesNotMatch(stored, /right/);
    await page.getByRole("link", { name: "Tear sheet" }).click();
    await page.frameLocator("iframe").getByText("small").first().waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("API key").waitFor();
    await close();
  }));

test("a draft survives an expiry", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, key_address, { expected: refused });
    await page.goto("/submit");
    await page.getByLabel("API key").fill("right");
    await page.getByRole("button", { name: "Sign in" }).click();
    const editor = page.getByRole("textbox", { name: "Config" });
    await editor.click();
    // The first check is over, and the text comes at once: a check while it is typed would take the keyboard away.
    await page.getByRole("status").getByText(/^(valid|\d+ errors?)$/).waitFor();
    await page.route("**/backtests/validate", (route) => route.fulfill({ status: 401, json: { code: "unauthenticated", detail: "no" } }));
    await page.keyboard.insertText("# my words\n");
    await page.getByLabel("API key").waitFor();
    await page.unroute("**/backtests/validate");
    await page.getByLabel("API key").fill("right");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("# my words").waitFor();
    await close();
  }));

test("an identity provider signs in and leads back to where one was", () =>
  with_browser(async (browser) => {
    const context = await browser.newContext({ baseURL: oidc_address });
    const page = await context.newPage();
    await page.goto("/runs/kept?tab=history");
    await page.getByRole("button", { name: "Sign in with your organisation" }).click();
    await page.getByText("ada").first().waitFor();
    assert.equal(new URL(page.url()).pathname + new URL(page.url()).search, "/runs/kept?tab=history");
    const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state]));
    assert.doesNotMatch(stored, /eyJ|verifier/);
    await context.close();
  }));

test("an answer that was not asked for signs nobody in", () =>
  with_browser(async (browser) => {
    const context = await browser.newContext({ baseURL: oidc_address });
    const page = await context.newPage();
    await page.goto("/sign-in?code=stolen&state=forged");
    await page.getByText("belongs to no sign-in").waitFor();
    assert.equal(await page.getByRole("table").count(), 0);
    await page.goto("/");
    await page.evaluate((text) => sessionStorage.setItem("backtest.sign_in", text),
      JSON.stringify({ state: "s", verifier: "v", return_path: "//evil.example/" }));
    await page.route(`${issuer}/token`, (route) => route.fulfill({ json: { access_token: "x" }, headers: { "access-control-allow-origin": "*" } }));
    await page.goto("/sign-in?code=c&state=s");
    await page.waitForURL((url) => url.pathname !== "/sign-in");
    assert.equal(new URL(page.url()).origin, oidc_address);
    await context.close();
  }));
