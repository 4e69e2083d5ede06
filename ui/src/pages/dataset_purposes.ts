// What a config reads a data set for, and how the config says so.
import { value_at, with_value } from "../parts/yaml_edit";

export interface Purpose {
  name: string;
  keys: string[];
  /** Where the config says from where it reads; unset: as `or_source`. */
  source?: string[];
  or_source?: string[];
}

const price_source = ["data", "price_source"];
export const purposes: Purpose[] = [
  { name: "prices", keys: ["data", "price_path"], source: price_source },
  { name: "signals", keys: ["data", "signal_path"], source: ["data", "signal_source"], or_source: price_source },
  { name: "benchmark", keys: ["benchmark", "path"] },
];

/** The config `text` with the data set `path` for that purpose. A database has no data sets: it is left for the path's form. */
export function with_dataset(text: string, path: string, purpose: Purpose): string {
  const next = with_value(text, purpose.keys, path);
  if (!purpose.source) return next;
  const source = value_at(next, purpose.source) ?? (purpose.or_source ? value_at(next, purpose.or_source) : null);
  return source === "postgres" ? with_value(next, purpose.source, "auto") : next;
}
