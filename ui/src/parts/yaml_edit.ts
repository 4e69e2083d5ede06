// Sets one value of a YAML or JSON text and leaves every other character of it: comments, order and layout stay. A text
// that has errors elsewhere is changed all the same. Brings the editor's grammar along, so it is fetched with the editor.
import { yamlLanguage } from "@codemirror/lang-yaml";

type Node = ReturnType<typeof yamlLanguage.parser.parse>["topNode"];

const is_value = (node: Node) => !["Comment", "Key", ":", "?", ",", "{", "}", "DirectiveEnd", "DocEnd", "Directive"].includes(node.name);

function children_of(node: Node): Node[] {
  const found: Node[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) found.push(child);
  return found;
}

const bare = (text: string) => text.trim().replace(/^(["'])(.*)\1$/s, "$2");

class Text {
  readonly text: string;
  /** JSON is a text whose first thing is a brace. */
  readonly is_json: boolean;
  private readonly root: Node | undefined;

  constructor(text: string) {
    this.text = text;
    const document = yamlLanguage.parser.parse(text).topNode.getChild("Document");
    this.root = document ? children_of(document).find(is_value) : undefined;
    this.is_json = this.root?.name === "FlowMapping";
  }

  get mapping(): Node | undefined {
    return is_mapping(this.root) ? this.root : undefined;
  }
  pair(mapping: Node, key: string): Node | undefined {
    return mapping.getChildren("Pair").find((pair) => {
      const name = pair.getChild("Key");
      return name !== null && bare(this.text.slice(name.from, name.to)) === key;
    });
  }
  word(text: string): string {
    return this.is_json ? JSON.stringify(text) : text;
  }
  replaced(from: number, to: number, by: string): string {
    return this.text.slice(0, from) + by + this.text.slice(to);
  }
  line_end(at: number): number {
    const end = this.text.indexOf("\n", at);
    return end < 0 ? this.text.length : end;
  }
  column(at: number): number {
    return at - (this.text.lastIndexOf("\n", at - 1) + 1);
  }
}

const is_mapping = (node: Node | undefined) => node?.name === "BlockMapping" || node?.name === "FlowMapping";
const value_node = (pair: Node) => children_of(pair).find(is_value);

/** The scalar at `keys`; null where there is none. */
export function value_at(text: string, keys: string[]): string | null {
  const yaml = new Text(text);
  let at = yaml.mapping;
  for (const [depth, key] of keys.entries()) {
    const pair = at && is_mapping(at) ? yaml.pair(at, key) : undefined;
    at = pair && value_node(pair);
    if (at === undefined) return null;
    if (depth === keys.length - 1) return is_mapping(at) ? null : bare(text.slice(at.from, at.to));
  }
  return null;
}

// `data: {price_path: x}` below keys that are not there yet, on as many lines as a block has.
function block_of(yaml: Text, keys: string[], value: string, indent: string): string {
  return keys.map((key, depth) => `${indent}${"  ".repeat(depth)}${key}:`).join("\n") + ` ${yaml.word(value)}`;
}
function flow_of(yaml: Text, keys: string[], value: string): string {
  const [key = "", ...rest] = keys;
  return `${yaml.word(key)}: ${rest.length === 0 ? yaml.word(value) : `{${flow_of(yaml, rest, value)}}`}`;
}

/** `text` with `value` at `keys`. The value is a word that YAML needs no quotes for. */
export function with_value(text: string, keys: string[], value: string): string {
  const yaml = new Text(text);
  let mapping = yaml.mapping;
  if (!mapping) return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${block_of(yaml, keys, value, "")}\n`;
  for (const [depth, key] of keys.entries()) {
    const rest = keys.slice(depth);
    const pair = yaml.pair(mapping, key);
    if (!pair) return with_pair(yaml, mapping, rest, value, depth === 0);
    const member = value_node(pair);
    const below = rest.slice(1);
    if (member && is_mapping(member) && below.length > 0) {
      mapping = member;
      continue;
    }
    const colon = pair.getChild(":");
    const is_in_block = mapping.name === "BlockMapping";
    const written = below.length === 0 ? yaml.word(value) : `{${flow_of(yaml, below, value)}}`;
    if (member) return yaml.replaced(member.from, member.to, written);
    const after = colon ? colon.to : pair.to;
    if (!is_in_block || below.length === 0) return yaml.replaced(after, after, `${colon ? "" : ":"} ${written}`);
    const indent = " ".repeat(yaml.column(pair.from) + 2);
    const end = yaml.line_end(after);
    return yaml.replaced(end, end, `\n${block_of(yaml, below, value, indent)}`);
  }
  return text;
}

// A section is put last, so that the text begins as it did; a value first in its section, where paths stand.
function with_pair(yaml: Text, mapping: Node, keys: string[], value: string, is_section: boolean): string {
  const first = mapping.getChild("Pair");
  if (mapping.name === "FlowMapping") {
    const at = mapping.from + 1;
    return yaml.replaced(at, at, flow_of(yaml, keys, value) + (first ? ", " : ""));
  }
  const start = first?.from ?? mapping.from;
  const indent = " ".repeat(yaml.column(start));
  if (!is_section) return yaml.replaced(start, start, `${block_of(yaml, keys, value, indent).trimStart()}\n${indent}`);
  const is_at_line_start = yaml.text[mapping.to - 1] === "\n";
  const end = is_at_line_start ? mapping.to : yaml.line_end(mapping.to);
  const block = block_of(yaml, keys, value, indent);
  return yaml.replaced(end, end, is_at_line_start ? `${block}\n` : `\n${block}`);
}
