// Data sets: uploaded, looked at, named in a config, removed; and offered to nobody whom the service would refuse.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { accessibility_findings, narrow, open_page, sideways_overflow_px, with_browser } from "./browser.mjs";

const { BACKTEST_TEST_ADDRESS: address, BACKTEST_TEST_OFF_ADDRESS: off_address, BACKTEST_TEST_PRICES: prices_path } = process.env;
const prices = readFileSync(prices_path);
const put = async (name, text) => (await fetch(`${address}/datasets/${name}`, { method: "PUT", body: text })).json();
const names = async () => (await (await fetch(`${address}/datasets`)).json()).datasets.map((one) => one.name);
const editor = (page) => page.getByRole("textbox", { name: "Config" });
const csv = (name, buffer) => ({ name, mimeType: "text/csv", buffer });

const config = `# mine
run_name: of a data set
start_date: 2020-01-01
end_date: 2099-12-31
universe: {symbols: all}
data:
  price_path: elsewhere.csv # to be replaced
strategy:
  class: StaticUniverseStrategy
  parameters: {rebalance: monthly}
`;

async function write(page, text) {
  await editor(page).click();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await page.keyboard.insertText(text);
}

test("a file is uploaded beside the editor, and the config names it", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address);
    await page.goto("/submit");
    await editor(page).waitFor();
    // The editor indents what is typed into it, a draft stays as it was.
    await page.evaluate((text) => sessionStorage.setItem("backtest.draft", JSON.stringify({ text })), config);
    await page.reload();
    await page.getByText("# to be replaced").waitFor();
    await page.getByText("Choose or upload data").focus();
    await page.keyboard.press("Enter");
    await page.getByLabel("File", { exact: true }).setInputFiles(csv("eod prices (2020).csv", prices));
    assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "eod-prices-2020");
    await page.getByLabel("Name", { exact: true }).fill("eod");
    const sent = page.waitForRequest(/datasets\/eod$/);
    await page.keyboard.press("Enter");
    assert.match((await sent).headers()["x-content-sha256"], /^[0-9a-f]{64}$/);
    await page.getByText("Kept as").waitFor();
    await page.getByText("Can be read as prices").waitFor();
    await page.getByText("1,800 rows, 6 symbols").waitFor();
    assert.deepEqual(await accessibility_findings(page), []);
    await page.getByRole("button", { name: "Use it" }).focus();
    await page.keyboard.press("Enter");
    const { path } = await (await fetch(`${address}/datasets/eod`)).json();
    await page.getByRole("status").getByText(`data.price_path is ${path}`).waitFor();
    const draft = await page.evaluate(() => JSON.parse(sessionStorage.getItem("backtest.draft")).text);
    assert.equal(draft, config.replace("elsewhere.csv", path));
    await page.getByRole("status").getByText("valid", { exact: true }).waitFor();
    await page.getByLabel("Run id").fill("of-eod");
    await page.getByRole("button", { name: "Submit" }).click();
    await page.waitForURL(/runs\/of-eod/);
    const { effective_config } = await (await fetch(`${address}/backtests/of-eod/config`)).json();
    assert.equal(effective_config.data.price_path, path);
    await close();
  }));

test("another version is chosen, for another purpose", () =>
  with_browser(async (browser) => {
    const older = await put("two", "date,symbol,score\n2020-01-02,S0,1\n");
    const newer = await put("two", "date,symbol,score\n2020-01-02,S0,2\n2020-01-03,S0,2\n");
    const { page, close } = await open_page(browser, address, { viewport: narrow, scheme: "dark" });
    await page.goto("/submit");
    await page.getByText("Choose or upload data").click();
    await page.getByLabel("Data set", { exact: true }).fill("tw");
    await page.getByText("There is no data set of that name.").waitFor();
    await page.getByLabel("Data set", { exact: true }).fill("two");
    await page.getByText("Would be refused as prices").waitFor();
    await page.getByLabel("Version").selectOption(older.version);
    await page.getByRole("combobox", { name: /^as/ }).selectOption("signals");
    await page.getByText("1 rows, 1 symbols").waitFor();
    await page.getByText("Would be refused as prices").waitFor({ state: "detached" });
    assert.equal(await sideways_overflow_px(page), 0);
    assert.deepEqual(await accessibility_findings(page), []);
    await page.getByRole("button", { name: "Use it" }).click();
    await page.getByText(`signal_path: ${older.path}`).waitFor();
    // From the page of a data set: there its prices are meant.
    await page.goto(`/data/two`);
    await page.getByRole("link", { name: "Use in a config" }).click();
    await page.getByText(`price_path: ${newer.path}`).waitFor();
    assert.ok(!page.url().includes("data="));
    await close();
  }));

test("a data set is found and says what it holds and what would be refused", () =>
  with_browser(async (browser) => {
    await put("told", "date,symbol,close,<b>note</b>\n2024-01-02,A,10,x\n2024-01-03,A,11,\n2024-01-03,B,20,3\n2024-01-04,B,21,4\n" +
      "2024-01-05,A,oops,5\n2024-01-05,B,22,6\nno day,B,23,7\n");
    for (const options of [{}, { viewport: narrow, scheme: "dark" }]) {
      const { page, close } = await open_page(browser, address, options);
      await page.goto("/");
      await page.getByRole("link", { name: "Data", exact: true }).click();
      await page.getByRole("link", { name: "told" }).waitFor();
      await page.getByRole("button", { name: "Rows" }).click();
      await page.waitForURL(/sort=-rows/);
      assert.equal(await sideways_overflow_px(page), 0);
      assert.deepEqual(await accessibility_findings(page), []);
      await page.getByLabel("Search").fill("tol");
      await page.waitForURL(/q=tol/);
      await page.getByRole("status").getByText("1 data sets").waitFor();
      await page.getByRole("link", { name: "told" }).click();
      await page.getByText("Would be refused as prices").waitFor();
      await page.getByText(/oops/).first().waitFor();
      await page.getByText(/line 8, column date/).first().waitFor();
      const table = (name) => page.getByRole("table", { name });
      await table("First rows").getByRole("cell", { name: "oops" }).waitFor();
      assert.match(await table("Columns").getByRole("row", { name: /close/ }).innerText(), /^close\s+mixed\s+5\s+0\s+1\s+10\s+22$/);
      await table("Columns").getByText("<b>note</b>").waitFor();
      assert.match(await table("Holes").getByRole("row").nth(1).innerText(), /^A\s+1\s+2024-01-02\s+2024-01-05$/);
      assert.equal(await sideways_overflow_px(page), 0);
      assert.deepEqual(await accessibility_findings(page), []);
      await close();
    }
  }));

test("a data set is removed after a question, and not while a run needs it", () =>
  with_browser(async (browser) => {
    const { path, version } = await put("needed", prices);
    await put("needed", "date,close\n2024-01-02,1\n");
    await fetch(`${address}/backtests`, {
      method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ config_yaml: config.replace("elsewhere.csv", path), run_id: "needs-it" }),
    });
    const { page, close } = await open_page(browser, address, { expected: [/409/] });
    let answer = "dismiss";
    page.on("dialog", (dialog) => dialog[answer]());
    await page.goto("/data/needed");
    await page.getByRole("button", { name: "Delete all 2 versions" }).click();
    await page.getByRole("table", { name: "Versions" }).getByRole("link", { name: version }).click();
    await page.getByRole("heading", { name: "needed" }).waitFor();
    answer = "accept";
    await page.getByRole("button", { name: "Delete this version" }).click();
    await page.getByRole("alert").getByText("is needed by runs that are queued or running: needs-it").waitFor();
    assert.ok((await names()).includes("needed"));
    await fetch(`${address}/backtests/needs-it/cancel`, { method: "POST" });
    await page.getByRole("button", { name: "Delete all 2 versions" }).click();
    await page.waitForURL(/\/data$/);
    assert.ok(!(await names()).includes("needed"));
    await close();
  }));

test("what the service refuses is said in its words, and a cancelled upload leaves nothing", () =>
  with_browser(async (browser) => {
    const { page, close } = await open_page(browser, address, { expected: [/413|422|ERR_/] });
    await page.goto("/data");
    await page.getByText("Upload a file").click();
    const upload = async (name, buffer) => {
      await page.getByLabel("File", { exact: true }).setInputFiles(csv(name, buffer));
      await page.getByRole("button", { name: "Upload", exact: true }).click();
    };
    await upload("wrong.csv", Buffer.from("PAR1 and no more"));
    await page.getByRole("alert").getByText(/cannot be read as a table/).waitFor();
    await upload("large.csv", Buffer.alloc(5 << 20, "x"));
    await page.getByRole("alert").getByText("larger than BACKTEST_DATASET_MB allows (4 MB)").waitFor();

    const network = await page.context().newCDPSession(page);
    await network.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 300_000 });
    await upload("slow.csv", Buffer.alloc(3 << 20, "date,close\n2024-01-02,1\n"));
    await page.getByRole("progressbar", { name: "Upload of slow" }).waitFor();
    await page.waitForFunction(() => document.querySelector("progress")?.value > 5);
    await page.getByRole("link", { name: "Runs", exact: true }).click();
    await page.getByRole("link", { name: "Data", exact: true }).click();
    await page.getByText("Upload a file").click();
    await page.getByRole("button", { name: "Cancel the upload" }).click();
    await page.getByRole("alert").getByText("The upload was cancelled").waitFor();
    for (const name of ["wrong", "large", "slow"]) assert.ok(!(await names()).includes(name), name);
    await close();
  }));

test("nothing is offered where the service keeps no data sets, nor to whom may not write", () =>
  with_browser(async (browser) => {
    const off = await open_page(browser, off_address);
    off.page.on("request", (request) => assert.ok(!new URL(request.url()).pathname.startsWith("/datasets"), request.url()));
    await off.page.goto("/submit");
    await off.page.getByRole("status").getByText(/valid|error/).first().waitFor();
    assert.equal(await off.page.getByText("Choose or upload data").count(), 0);
    assert.equal(await off.page.getByRole("link", { name: "Data", exact: true }).count(), 0);
    await off.page.goto("/data");
    await off.page.getByText("BACKTEST_ALLOW_DATASETS").waitFor();
    await off.close();

    await put("read", "date,close\n2024-01-02,1\n");
    const { page, close } = await open_page(browser, address);
    await page.route("**/whoami", async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...(await answer.json()), rights: ["read"] } });
    });
    await page.goto("/data");
    await page.getByRole("link", { name: "read" }).waitFor();
    assert.equal(await page.getByText("Upload a file").count(), 0);
    await page.getByRole("link", { name: "read" }).click();
    await page.getByRole("heading", { name: "First rows" }).waitFor();
    assert.equal(await page.getByRole("button", { name: /Delete/ }).count(), 0);
    assert.equal(await page.getByRole("link", { name: "Use in a config" }).count(), 0);
    await close();
  }));
