// Leaves beside each built file its gzip form, which is what the program embeds and sends, and says what the first load
// costs: index.html and what it names.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const root = new URL("../build/ui/", import.meta.url).pathname;

// The licences of what is bundled, which want to be handed on with it.
const { packages } = JSON.parse(readFileSync(new URL("package-lock.json", import.meta.url), "utf8"));
const licences = Object.entries(packages)
  .filter(([path, entry]) => path !== "" && !entry.dev)
  .map(([path, { version, license }]) => {
    const directory = new URL(`${path}/`, import.meta.url).pathname;
    const file = readdirSync(directory).find((name) => /^licen[cs]e/i.test(name));
    const text = file === undefined ? "" : readFileSync(join(directory, file), "utf8");
    return `${path.replace(/^.*node_modules\//, "")} ${version}, ${license}\n\n${text}`;
  });
writeFileSync(join(root, "licences.txt"), licences.join("\n----------\n\n"));

const sizes = new Map();
for (const name of readdirSync(root, { recursive: true }).sort()) {
  const path = join(root, name);
  if (!statSync(path).isFile() || name.endsWith(".gz")) continue;
  const packed = gzipSync(readFileSync(path), { level: 9 });
  writeFileSync(`${path}.gz`, packed);
  sizes.set(`/${name}`, packed.length);
}

const first = [...readFileSync(join(root, "index.html"), "utf8").matchAll(/(?:src|href)="(\/[^"]+)"/g)]
  .map((match) => match[1])
  .filter((name) => sizes.has(name));
const first_load_bytes = ["/index.html", ...first].reduce((sum, name) => sum + sizes.get(name), 0);
const all_bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
console.log(`web client: ${sizes.size} files, ${all_bytes} bytes gzipped, ${first_load_bytes} of them for the first load`);
const most_bytes = 120_000;
if (first_load_bytes > most_bytes) {
  console.error(`the first load may take ${most_bytes} bytes`);
  process.exit(1);
}
