// Looks at tear sheets in Chromium, served as the service serves them, and prints what it found as JSON.
//   node tearsheet_pages.mjs MODULES PAGE... [--screenshots DIRECTORY]     PAGE: name=path of a tearsheet.html
import { createRequire } from "node:module";
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import path from "node:path";

const [modules, ...rest] = process.argv.slice(2);
const shots = rest.includes("--screenshots") ? rest[rest.indexOf("--screenshots") + 1] : null;
const pages = rest.filter((word, i) => word.includes("=") && rest[i - 1] !== "--screenshots").map((word) => word.split("="));
const require = createRequire(path.join(modules, "node_modules/"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const PATIENCE_MS = 300_000;  // machines that build something else meanwhile are slow

// What a client that opens a tear sheet is allowed: scripts and styles of the page itself, and no origin.
const POLICY = "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
const bodies = new Map(pages.map(([name, file]) => [`/${name}`, readFileSync(file)]));
const server = createServer((request, response) => {
  const body = bodies.get(request.url);
  response.writeHead(body ? 200 : 404, { "content-type": "text/html; charset=utf-8", "content-security-policy": POLICY });
  response.end(body);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const origin = `http://127.0.0.1:${server.address().port}`;

// Text that a reader cannot read: outside of the page, cut off, over other labels, or of too little contrast.
function unreadable() {
  const found = [];
  const rgba = (text) => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const colours = new Map();
  const colour = (text) => colours.get(text) ?? colours.set(text, rgba(text)).get(text);
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
  const background = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.push(colour(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) found.push(`the page is ${document.documentElement.scrollWidth} wide`);
  const labels = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement, text = node.textContent.trim();
    if (!text || element.closest("script, style, .unseen, details:not([open]) > :not(summary)")) continue;
    const style = getComputedStyle(element);
    if (style.display === "none" || element.closest(".tip")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (box.width === 0) continue;
    const named = `${element.tagName} ${element.className}: ${text.slice(0, 40)}`;
    if (!element.closest(".scroll, pre") && (box.left < -1 || box.right > width + 1)) found.push(`outside: ${named}`);
    for (let at = element; at; at = at.parentElement) {
      const clips = ["hidden", "clip"].includes(getComputedStyle(at).overflowX);
      if (clips && box.right > at.getBoundingClientRect().right + 1) found.push(`clipped: ${named}`);
    }
    const cellBox = element.closest("td, th, dd, dt")?.getBoundingClientRect();
    if (cellBox && box.right > cellBox.right + 2) found.push(`outside of its cell: ${named}`);
    const ratio = contrast(over(colour(style.color), background(element)), background(element));
    if (ratio < 4.5) found.push(`contrast ${ratio.toFixed(2)}: ${named}`);
    const plots = element.matches("i.x, i.y, i.mark") && element.parentElement;
    if (plots) {
      const kind = element.className.split(" ")[0];
      const key = labels.get(plots) ?? labels.set(plots, {}).get(plots);
      for (const other of key[kind] ?? []) {
        const apart = box.right <= other.right && box.left >= other.left ? -1
          : Math.max(box.left - other.right, other.left - box.right, box.top - other.bottom, other.top - box.bottom);
        if (apart < -2) found.push(`over another label: ${named}`);
      }
      (key[kind] ??= []).push(box);
    }
  }
  return [...new Set(found)];
}

// Every chart answers the pointer and the arrow keys with its values; `readings` are what they say.
async function hover(page) {
  const problems = [], readings = [];
  for (const box of await page.locator(".plots").all()) {
    await box.scrollIntoViewIfNeeded();
    for (const share of [0.02, 0.5, 0.98]) {
      const size = await box.boundingBox();
      await page.mouse.move(size.x + size.width * share, size.y + Math.min(40, size.height / 2));
      const tip = box.locator(".tip");
      const text = await tip.innerText();
      const place = await tip.boundingBox();
      if (!place) problems.push("no values at the pointer");
      else if (place.x < 0 || place.x + place.width > page.viewportSize().width) problems.push(`values outside: ${text}`);
      if (/NaN|undefined|Infinity|Invalid/.test(text) || !text.includes("\n")) problems.push(`odd values: ${text}`);
      readings.push(text);
    }
    await box.focus();
    await page.keyboard.press("Home");
    const first = await box.locator(".tip").innerText();
    await page.keyboard.press("End");
    const last = await box.locator(".tip").innerText();
    await page.keyboard.press("Escape");
    if (!first.includes("\n") || !last.includes("\n")) problems.push("no values by the keyboard");
    if (await box.locator(".tip").isVisible()) problems.push("Escape hides no values");
    readings.push(last);
  }
  await page.mouse.move(0, 0);
  return { problems, readings };
}

async function look(browser, name, width, scheme) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, hasTouch: width < 500 });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const noise = [], requests = [];
  page.on("console", (message) => noise.push(message.text()));
  page.on("pageerror", (error) => noise.push(String(error)));
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(`${origin}/${name}`);
  if (shots) await page.screenshot({ path: `${shots}/${name}-${width}-${scheme}.png`, fullPage: true });
  const found = { name, width, scheme, unreadable: await page.evaluate(unreadable) };
  // What the script does does not depend on the colours.
  Object.assign(found, scheme === "light" ? await hover(page) : { problems: [], readings: [] });
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run());
  found.axe = violations.map((finding) => `${finding.id}: ${finding.nodes[0].html.slice(0, 120)}`);
  found.headings = await page.locator("h1, h2, h3, summary").allInnerTexts();
  found.noise = noise;
  found.requests = requests.filter((url) => url !== `${origin}/${name}`);
  await context.close();
  return found;
}

async function print(browser, name, format) {
  const context = await browser.newContext({ colorScheme: "dark" });  // paper is light whatever the screen is
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  await page.goto(`${origin}/${name}`);
  const pdf = await page.pdf({ format, path: shots ? `${shots}/${name}-${format}.pdf` : undefined });
  await context.close();
  return { name, format, pdf: pdf.toString("base64") };
}

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"], timeout: PATIENCE_MS });
const looked = [], printed = [];
for (const [name] of pages) {
  for (const width of [1280, 390]) {
    for (const scheme of ["light", "dark"]) looked.push(await look(browser, name, width, scheme));
  }
  for (const format of ["A4", "Letter"]) printed.push(await print(browser, name, format));
}
await browser.close();
server.close();
process.stdout.write(JSON.stringify({ looked, printed }));
