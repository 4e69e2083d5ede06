// Where a position of a YAML text stands: the keys that lead to it, by indentation, and the scalars beside each. Enough for
// help while somebody types; whether a text is right is for the service to say.
import type { Step } from "./config_schema";

export interface Place {
  /** The steps to the object that the line is in. */
  parents: Step[];
  /** Scalars of that object. */
  beside: Map<string, string>;
  key: string | null;
  is_in_value: boolean;
  /** What stands of the word before the position. */
  word: string;
}

interface Line {
  /** Column of the key, or of what stands in its place. */
  indent: number;
  /** Column of the dash of an item of a list; -1 where there is none. */
  dash: number;
  key: string | null;
  value: string;
}

const line_form = /^(\s*)((?:- +)?)(?:"([^"]*)"|'([^']*)'|([^\s:#{[-][^:#]*?))\s*:(?:\s+(.*))?$/;

function read_line(text: string): Line | null {
  if (/^\s*(#|$)/.test(text)) return null;
  const match = line_form.exec(text);
  if (match) {
    const [, space = "", dashes = "", quoted, single, plain, value = ""] = match;
    const dash = dashes === "" ? -1 : space.length;
    return { indent: space.length + dashes.length, dash, key: quoted ?? single ?? plain ?? null, value: scalar(value) };
  }
  const [, space = "", dashes = ""] = /^(\s*)((?:- *)?)/.exec(text) ?? [];
  return { indent: space.length + dashes.length, dash: dashes === "" ? -1 : space.length, key: null, value: "" };
}

const scalar = (text: string) => text.replace(/\s+#.*$/, "").trim().replace(/^(["'])(.*)\1$/, "$2");

// The scalars of the object whose keys stand at `indent` around line `at`.
function scalars_around(lines: string[], at: number, indent: number): Map<string, string> {
  const found = new Map<string, string>();
  for (const direction of [-1, 1]) {
    for (let number = direction < 0 ? at : at + 1; number >= 0 && number < lines.length; number += direction) {
      const line = read_line(lines[number] ?? "");
      if (!line) continue;
      if (line.indent < indent || (direction > 0 && line.dash >= 0 && line.indent === indent)) break;
      if (line.indent === indent && line.key !== null && line.value !== "") found.set(line.key, line.value);
      if (direction < 0 && line.dash >= 0 && line.indent === indent) break;
    }
  }
  return found;
}

// The nearest line above `at` for which `is_it` holds.
function line_above(lines: string[], at: number, is_it: (line: Line) => boolean): [Line, number] | null {
  for (let number = at - 1; number >= 0; --number) {
    const line = read_line(lines[number] ?? "");
    if (line && is_it(line)) return [line, number];
  }
  return null;
}

// The steps that lead to the object of a line: upwards from key to key, and through the items of lists.
function steps_to(lines: string[], at: number, own: Line): Step[] {
  const steps: Step[] = [];
  let line = own, number = at;
  for (;;) {
    let above: [Line, number] | null;
    if (line.dash < 0) {
      const { indent } = line;
      above = line_above(lines, number, (one) => (one.key !== null && one.indent < indent) || (one.dash >= 0 && one.indent === indent));
      if (above && above[0].indent === indent) {
        [line, number] = above;
        continue;
      }
    } else {
      const { dash } = line;
      steps.unshift({ key: null, beside: new Map() });
      above = line_above(lines, number, (one) => one.key !== null && one.indent <= dash && one.dash !== dash);
    }
    if (!above) return steps;
    [line, number] = above;
    steps.unshift({ key: line.key, beside: scalars_around(lines, number, line.indent) });
  }
}

export function place_in(text: string, position: number): Place {
  const lines = text.split("\n");
  const before = text.slice(0, position).split("\n");
  const at = before.length - 1;
  const typed = before.at(-1) ?? "";
  const own = read_line(lines[at] ?? "") ?? { indent: typed.length, dash: -1, key: null, value: "" };
  const parents = steps_to(lines, at, own);
  const beside = scalars_around(lines, at, own.indent);
  const flow = flow_place(typed);
  if (flow) return { ...flow, parents: [...parents, { key: own.key, beside }] };
  const word = /[\w.-]*$/.exec(typed)?.[0] ?? "";
  return { parents, beside, key: own.key, is_in_value: /:(\s|$)/.test(typed), word };
}

// Inside `key: {type: topn, n: 5` on one line.
function flow_place(typed: string): Omit<Place, "parents"> | null {
  const open = typed.lastIndexOf("{");
  if (open < 0 || typed.indexOf("}", open) >= 0 || !typed.slice(0, open).includes(":")) return null;
  const members = typed.slice(open + 1).split(",");
  const beside = new Map<string, string>();
  for (const member of members.slice(0, -1)) {
    const [name = "", value = ""] = member.split(":");
    beside.set(name.trim(), scalar(value));
  }
  const last = members.at(-1) ?? "";
  const [name = ""] = last.split(":");
  return { beside, key: name.trim(), is_in_value: last.includes(":"), word: /[\w.-]*$/.exec(last)?.[0] ?? "" };
}
