// A value is set in a text that somebody wrote: every other character of it stays. No browser is needed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { value_at, with_value } from "../../ui/src/parts/yaml_edit.ts";

const price_path = ["data", "price_path"], benchmark_path = ["benchmark", "path"];
const cases = [
  ["a value", "run_name: a # mine\ndata:\n  # where from\n  price_path: a.csv # old\n  layout: wide\nbroker: {}\n",
    "run_name: a # mine\ndata:\n  # where from\n  price_path: dataset:p # old\n  layout: wide\nbroker: {}\n"],
  ["quotes", "data:\n    price_path: 'a b.csv'\n", "data:\n    price_path: dataset:p\n"],
  ["on one line", "data: {layout: wide, price_path: a.csv}\n", "data: {layout: wide, price_path: dataset:p}\n"],
  ["on one line without it", "data: {layout: wide}\n", "data: {price_path: dataset:p, layout: wide}\n"],
  ["an empty section on one line", "data: {}\n", "data: {price_path: dataset:p}\n"],
  ["a section without it", "data:\n  layout: wide\nbroker: {}\n", "data:\n  price_path: dataset:p\n  layout: wide\nbroker: {}\n"],
  ["a key without a value", "data:\n  price_path:\n  layout: wide\n", "data:\n  price_path: dataset:p\n  layout: wide\n"],
  ["a section without anything", "data: # to come\nbroker: {}\n", "data: # to come\n  price_path: dataset:p\nbroker: {}\n"],
  ["no section", "run_name: a # mine\n# the end\n", "run_name: a # mine\ndata:\n  price_path: dataset:p\n# the end\n"],
  ["no section, and no end of line", "run_name: a", "run_name: a\ndata:\n  price_path: dataset:p"],
  ["no section, below a text of lines", "note: |\n  one\n  two\n", "note: |\n  one\n  two\ndata:\n  price_path: dataset:p\n"],
  ["nothing", "", "data:\n  price_path: dataset:p\n"],
  ["comments alone", "# to come", "# to come\ndata:\n  price_path: dataset:p\n"],
  ["another key of that name", "legs:\n  - price_path: x\ndata:\n  columns: {price_path: y}\n",
    "legs:\n  - price_path: x\ndata:\n  price_path: dataset:p\n  columns: {price_path: y}\n"],
  ["JSON", '{"data": {"price_path": "a.csv", "layout": "wide"}}', '{"data": {"price_path": "dataset:p", "layout": "wide"}}'],
  ["JSON without it", '{\n  "run_name": "a"\n}', '{"data": {"price_path": "dataset:p"}, \n  "run_name": "a"\n}'],
  ["a list", "data:\n  price_path: [a.csv, b.csv]\n  layout: wide\n", "data:\n  price_path: dataset:p\n  layout: wide\n"],
];

test("a path is set in a config of any form", () => {
  for (const [name, text, wanted] of cases) {
    const made = with_value(text, price_path, "dataset:p");
    assert.equal(made, wanted, name);
    assert.equal(value_at(made, price_path), "dataset:p", name);
    assert.equal(with_value(made, price_path, "dataset:p"), made, `${name}, again`);
  }
  assert.equal(with_value("a: 1\n", benchmark_path, "dataset:b"), "a: 1\nbenchmark:\n  path: dataset:b\n");
});

test("what is there is read", () => {
  assert.equal(value_at("data: {price_source: 'postgres'}", ["data", "price_source"]), "postgres");
  assert.equal(value_at("data:\n  layout: wide\n", ["data", "price_source"]), null);
  assert.equal(value_at("data: 5\n", ["data", "price_source"]), null);
  assert.equal(value_at("", ["data"]), null);
});
