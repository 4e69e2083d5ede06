// Help while a config is written: from the published schema, and from the service's own check.
import type { Diagnostic } from "../api/problem";
import { validate_config, type Validation } from "../api/runs";
import { ConfigSchema, type Schema } from "./config_schema";
import { place_in } from "./yaml_place";

let schema: Promise<ConfigSchema> | null = null;

/** Once; again where that failed. Whoever asks before it is there waits for it: a pointer that rests does not ask again. */
export function load_schema(): Promise<ConfigSchema> {
  schema ??= import("../../../docs/config.schema.json").then(
    (file) => new ConfigSchema(file.default as unknown as Schema),
    (error: unknown) => {
      schema = null;
      throw error;
    },
  );
  return schema;
}

interface Suggestion {
  label: string;
  apply: string;
  detail: string;
  type: string;
}

export async function suggest_in(text: string, position: number): Promise<{ from: number; options: Suggestion[] } | null> {
  const schema = await load_schema();
  const place = place_in(text, position);
  const from = position - place.word.length;
  if (place.is_in_value) {
    const words = schema.words([...place.parents, { key: place.key, beside: place.beside }]);
    return { from, options: words.map((word) => ({ label: word, apply: word, detail: "", type: "enum" })) };
  }
  const keys = schema.keys(place.parents, place.beside);
  const options = [...keys].map(([name, one]) => {
    const holds_more = schema.keys([...place.parents, { key: name, beside: place.beside }], new Map()).size;
    return { label: name, apply: holds_more > 0 ? `${name}:` : `${name}: `, detail: one.description ?? "", type: "property" };
  });
  return options.length > 0 ? { from, options } : null;
}

export async function explain_in(text: string, position: number): Promise<string> {
  const place = place_in(text, position);
  if (place.key === null) return "";
  const schema = await load_schema();
  return schema.description([...place.parents, { key: place.key, beside: place.beside }]);
}

let under_way: AbortController | null = null;

/** Checks `text`; a check that is under way is given up. */
export async function check_config(text: string): Promise<Validation> {
  under_way?.abort();
  under_way = new AbortController();
  return validate_config(text, under_way.signal);
}

const finding_of = (one: Diagnostic, is_error: boolean) => ({
  line: one.line ?? 0,
  column: Number(one.column ?? 1) || 1,
  message: `${one.path ? `${one.path} ` : ""}${one.message}`,
  is_error,
});

export const findings_of = (validation: Validation) => [
  ...validation.errors.map((error) => finding_of(error, true)),
  ...validation.warnings.map((warning) => finding_of(warning, false)),
];
