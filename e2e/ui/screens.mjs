// Pictures of every page at two widths in two schemes, for people to look at: BACKTEST_TEST_SCREENS names the directory.
import { test } from "node:test";
import { narrow, open_page, wide, with_browser } from "./browser.mjs";

const { BACKTEST_TEST_ADDRESS: address, BACKTEST_TEST_DATA_ADDRESS: data_address, BACKTEST_TEST_SCREENS: directory } = process.env;

const chart = (page) => page.locator("canvas").first().waitFor();
async function choose_prices(page) {
  await page.getByText("Choose or upload data").click();
  await page.getByLabel("Data set", { exact: true }).fill("prices");
  await page.getByText("Can be read as prices").waitFor();
}
const pages = [
  { name: "runs", path: "/", ready: (page) => page.getByRole("link", { name: "momentum" }).first().waitFor() },
  { name: "run", path: "/runs/momentum", ready: chart },
  { name: "holdings", path: "/runs/long_short?tab=holdings", ready: chart },
  { name: "trades", path: "/runs/momentum?tab=trades", ready: (page) => page.getByRole("row").nth(3).waitFor() },
  { name: "compare", path: "/compare?ids=momentum,long_short,sixty_forty", ready: chart },
  { name: "submit", path: "/submit", ready: (page) => page.getByText("initial_cash").first().waitFor() },
  { name: "data", from: data_address, path: "/data", ready: (page) => page.getByRole("link", { name: "momentum-scores" }).waitFor() },
  { name: "dataset", from: data_address, path: "/data/prices", ready: (page) => page.getByRole("table", { name: "First rows" }).waitFor() },
  { name: "choose-data", from: data_address, path: "/submit", ready: choose_prices },
  { name: "service", path: "/service", ready: (page) => page.getByText("Ready.").waitFor() },
];

const services = [...new Set(pages.map(({ from = address }) => from))];

test("pictures of every page", { skip: directory === undefined }, () =>
  with_browser(async (browser) => {
    for (const [width_name, viewport] of [["1440", wide], ["390", narrow]]) {
      for (const scheme of ["light", "dark"]) {
        for (const service of services) {
          const { page, close } = await open_page(browser, service, { viewport, scheme });
          for (const { name, path, ready } of pages.filter(({ from = address }) => from === service)) {
            await page.goto(path);
            await ready(page);
            await page.waitForTimeout(700);
            await page.screenshot({ path: `${directory}/${name}-${width_name}-${scheme}.jpeg`, type: "jpeg", quality: 60 });
          }
          await close();
        }
      }
    }
  }));
