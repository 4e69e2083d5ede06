// What the web client costs in a real Chromium: see bench/ui_bench.py.
import { open_page, with_browser } from "../e2e/ui/browser.mjs";

const { BACKTEST_BENCH_ADDRESS: address, BACKTEST_BENCH_RUNS: run_ids } = process.env;
const say = (name, value) => console.log(`${name.padEnd(58)} ${value}`);

await with_browser(async (browser) => {
  for (const turn of ["first visit", "second visit"]) {
    const { page, close } = await open_page(browser, address);
    if (turn === "second visit") await page.goto("/");
    const sizes = [];
    page.on("response", async (response) => {
      const size = await response.request().sizes().catch(() => null);
      if (size && /\.(js|css|svg)$|\/$/.test(new URL(response.url()).pathname)) sizes.push(Math.max(0, size.responseBodySize));
    });
    await page.goto("/");
    await page.getByRole("row").nth(5).waitFor();
    const times = await page.evaluate(() => ({
      paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
      rows: performance.now(),
    }));
    say(`${turn}: first paint`, `${(times.paint / 1000).toFixed(2)} s`);
    say(`${turn}: rows of the list are there`, `${(times.rows / 1000).toFixed(2)} s`);
    say(`${turn}: bytes of pages, scripts and styles`, sizes.reduce((sum, size) => sum + size, 0));
    await close();
  }

  const compared = await open_page(browser, address);
  await compared.page.goto(`/compare?ids=${run_ids}`);
  const canvas = compared.page.locator("canvas").first();
  await canvas.waitFor();
  await compared.page.waitForTimeout(1000);
  const box = await canvas.boundingBox();
  await compared.page.evaluate(() => {
    globalThis.frames_seen = 0;
    const count = () => (globalThis.frames_seen++, requestAnimationFrame(count));
    requestAnimationFrame(count);
  });
  const start = performance.now();
  await compared.page.mouse.move(box.x + 100, box.y + box.height / 2);
  await compared.page.mouse.down();
  for (let step = 0; step < 150; ++step) await compared.page.mouse.move(box.x + 100 + step * 4, box.y + box.height / 2);
  const seconds = (performance.now() - start) / 1000;
  const frames = await compared.page.evaluate(() => globalThis.frames_seen);
  await compared.page.mouse.up();
  say("frames a second while a chart of the runs is dragged", (frames / seconds).toFixed(0));
  await compared.close();

  // Updates as the event stream brings them, made here so that an hour's worth takes seconds.
  const live = await open_page(browser, address);
  const updates = 36_000;
  await live.page.route("**/backtests/live", (route) => route.fulfill({ json: { run_id: "live", status: "running", submitted_at: "2026-01-01T00:00:00Z", started_at: "2026-01-01T00:00:00Z", progress_percent: 0 } }));
  await live.page.route("**/backtests/live/events", (route) => route.fulfill({
    contentType: "text/event-stream",
    body: Array.from({ length: updates }, (_, at) => `event: progress\ndata: {"run_id":"live","status":"running","progress_percent":${(at / updates) * 100},"bars_per_second":1,"date":"2020-01-01"}\n\n`).join(""),
  }));
  const session = await live.page.context().newCDPSession(live.page);
  const heap_mb = async () => {
    await session.send("HeapProfiler.collectGarbage");
    return (await session.send("Runtime.getHeapUsage")).usedSize / 1e6;
  };
  await live.page.goto("/service");
  await live.page.getByRole("heading", { level: 1 }).waitFor();
  const before = await heap_mb();
  await live.page.goto("/runs/live");
  await live.page.getByText("The service does not answer").waitFor();
  say(`heap before and after ${updates} live updates`, `${before.toFixed(1)} MB, ${(await heap_mb()).toFixed(1)} MB`);
  await live.page.context().close();
});
