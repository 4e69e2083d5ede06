/** A JSON value as YAML in blocks: what people read and edit. Text that YAML could take for something else is quoted. */
export function yaml_of(value: unknown): string {
  return Array.isArray(value) || is_object(value) ? block_of(value, "").replace(/^\n/, "") + "\n" : `${scalar_of(value)}\n`;
}

const is_object = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const plain_text = /^[A-Za-z_./][A-Za-z0-9_./ -]*$/;
const other_meaning = /^(true|false|yes|no|on|off|null|y|n|\.?(inf|nan))$/i;

function scalar_of(value: unknown): string {
  if (typeof value !== "string") return value === undefined ? "null" : JSON.stringify(value);
  return plain_text.test(value) && !value.endsWith(" ") && !other_meaning.test(value) ? value : JSON.stringify(value);
}

// A list of scalars stands on one line while it is short.
const longest_line = 80;

function block_of(value: unknown, indent: string): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return " []";
    if (value.every((item) => typeof item !== "object" || item === null)) {
      const line = ` [${value.map(scalar_of).join(", ")}]`;
      if (line.length <= longest_line) return line;
    }
    return value.map((item) => `\n${indent}-${item_of(item, `${indent}  `)}`).join("");
  }
  if (is_object(value)) {
    const members = Object.entries(value);
    if (members.length === 0) return " {}";
    return members
      .map(([name, member]) => `\n${indent}${scalar_of(name)}:${block_of(member, Array.isArray(member) ? indent : `${indent}  `)}`)
      .join("");
  }
  return ` ${scalar_of(value)}`;
}

function item_of(item: unknown, indent: string): string {
  const block = block_of(item, indent);
  return is_object(item) && block.startsWith("\n") ? ` ${block.slice(1 + indent.length)}` : block;
}
