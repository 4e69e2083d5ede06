// A CSV artifact of any number of rows: the text and where each row begins; a row is split when somebody looks at it.
export class CsvTable {
  readonly columns: string[];
  private readonly starts: Uint32Array;

  constructor(private readonly text: string) {
    const starts: number[] = [];
    let in_quotes = false;
    const has_quotes = text.includes('"');
    let at = 0;
    while (at < text.length) {
      starts.push(at);
      let end = text.indexOf("\n", at);
      if (end < 0) end = text.length;
      while (has_quotes) {
        for (let i = at; i < end; ++i) if (text.charCodeAt(i) === 34) in_quotes = !in_quotes;
        if (!in_quotes || end >= text.length) break;
        at = end;
        end = text.indexOf("\n", end + 1);
        if (end < 0) end = text.length;
      }
      in_quotes = false;
      at = end + 1;
    }
    starts.push(text.length + 1);
    this.starts = Uint32Array.from(starts);
    this.columns = starts.length > 1 ? split_row(this.line(0)) : [];
  }

  get row_count(): number {
    return Math.max(0, this.starts.length - 2);
  }

  row(index: number): string[] {
    return split_row(this.line(index + 1));
  }

  /** The numbers of a column; NaN where a cell is empty or no number. Empty where there is no such column. */
  numbers(column: string): Float64Array {
    const at = this.columns.indexOf(column);
    if (at < 0) return new Float64Array();
    return Float64Array.from({ length: this.row_count }, (_, index) => number_of(this.row(index)[at]));
  }

  texts(column: string): string[] {
    const at = this.columns.indexOf(column);
    return at < 0 ? [] : Array.from({ length: this.row_count }, (_, index) => this.row(index)[at] ?? "");
  }

  /** Rows that hold every word of `words`, whatever its case. */
  matching(words: string): Uint32Array {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    const found: number[] = [];
    for (let index = 0; index < this.row_count; ++index) {
      const line = wanted.length > 0 ? this.line(index + 1).toLowerCase() : "";
      if (wanted.every((word) => line.includes(word))) found.push(index);
    }
    return Uint32Array.from(found);
  }

  /** `rows` in the order of a column: by number where both are numbers, else by text; empty cells last. */
  sorted(rows: Uint32Array, column: string, descending: boolean): Uint32Array {
    const at = this.columns.indexOf(column);
    if (at < 0) return rows;
    const texts = new Map<number, string>();
    const numbers = new Map<number, number>();
    for (const row of rows) {
      const text = this.row(row)[at] ?? "";
      texts.set(row, text);
      numbers.set(row, number_of(text));
    }
    const direction = descending ? -1 : 1;
    return rows.slice().sort((a, b) => {
      const first = texts.get(a) ?? "", second = texts.get(b) ?? "";
      if (first === "" || second === "") return first === second ? a - b : first === "" ? 1 : -1;
      const difference = (numbers.get(a) ?? NaN) - (numbers.get(b) ?? NaN);
      const order = Number.isNaN(difference) ? (first < second ? -1 : first > second ? 1 : 0) : difference;
      return order === 0 ? a - b : order * direction;
    });
  }

  private line(index: number): string {
    return this.text.slice(this.starts[index], (this.starts[index + 1] ?? 0) - 1);
  }
}

function number_of(text: string | undefined): number {
  return text === undefined || text === "" ? NaN : Number(text);
}

function split_row(line: string): string[] {
  if (line.endsWith("\r")) line = line.slice(0, -1);
  if (!line.includes('"')) return line.split(",");
  const cells: string[] = [];
  let cell = "";
  let in_quotes = false;
  for (let at = 0; at < line.length; ++at) {
    const letter = line[at];
    if (in_quotes && letter === '"' && line[at + 1] === '"') {
      cell += '"';
      ++at;
    } else if (letter === '"') {
      in_quotes = !in_quotes;
    } else if (letter === "," && !in_quotes) {
      cells.push(cell);
      cell = "";
    } else {
      cell += letter;
    }
  }
  cells.push(cell);
  return cells;
}

const quoted = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** A JSON array of flat objects as CSV, a column for each name that one of them has; what is nested stays JSON. */
export function csv_of_json(text: string): string {
  const rows = JSON.parse(text) as Record<string, unknown>[];
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cell = (value: unknown) =>
    value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
  return [names, ...rows.map((row) => names.map((name) => cell(row[name])))].map((row) => row.map(quoted).join(",")).join("\n");
}
