// The published schema of a config, asked where somebody stands in a text: what may stand there, and what it means.
export interface Schema {
  $ref?: string;
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  examples?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  allOf?: Schema[];
  oneOf?: Schema[];
  definitions?: Record<string, Schema>;
}

/** A step into a text: a key, with the scalars that stand beside it and choose between forms, or an item of a list. */
export interface Step {
  key: string | null;
  beside: Map<string, string>;
}

const is_marker = (schema: Schema) => Object.keys(schema).length === 0;

export class ConfigSchema {
  constructor(private readonly root: Schema) {}

  /** The schemas that a value below these steps may follow; `beside` are scalars of the object that is asked for. */
  at(steps: Step[], beside: Map<string, string>): Schema[] {
    let found = [this.root];
    for (const step of steps) {
      found = found.flatMap((schema) => this.forms(schema, step.beside)).flatMap((form) => {
        const next = step.key === null ? form.items : form.properties?.[step.key];
        return next ? [next] : [];
      });
    }
    return found.flatMap((schema) => this.forms(schema, beside));
  }

  /** The keys that may stand in an object at these steps, each with what it means. */
  keys(steps: Step[], beside: Map<string, string>): Map<string, Schema> {
    const keys = new Map<string, Schema>();
    for (const form of this.at(steps, beside)) {
      for (const [name, schema] of Object.entries(form.properties ?? {})) {
        if (!is_marker(schema) && !keys.has(name)) keys.set(name, schema);
      }
    }
    return keys;
  }

  /** The words that may stand as a value at these steps. */
  words(steps: Step[]): string[] {
    const last = steps.at(-1);
    const words = new Set<string>();
    for (const form of this.at(steps, new Map())) {
      for (const value of form.enum ?? (form.const === undefined ? [] : [form.const])) {
        if (value !== null) words.add(String(value));
      }
      if ([form.type].flat().includes("boolean") && [form.type].flat().length === 1) words.add("true").add("false");
    }
    // A key that chooses between forms has a word in each of them: those beside it do not narrow what it may become.
    if (last?.key != null) {
      const without = new Map([...last.beside].filter(([name]) => name !== last.key));
      for (const form of this.at(steps.slice(0, -1), without)) {
        const choice = form.properties?.[last.key]?.const;
        if (choice !== undefined) words.add(String(choice));
      }
    }
    return [...words];
  }

  description(steps: Step[]): string {
    const last = steps.at(-1);
    const schema = last?.key == null ? undefined : this.keys(steps.slice(0, -1), last.beside).get(last.key);
    if (!schema) return "";
    const forms = this.forms(schema, new Map());
    const text = schema.description ?? forms.find((form) => form.description)?.description ?? "";
    const limits = forms.flatMap((form) => [
      ...(form.minimum === undefined ? [] : [`at least ${form.minimum}`]),
      ...(form.exclusiveMinimum === undefined ? [] : [`more than ${form.exclusiveMinimum}`]),
      ...(form.maximum === undefined ? [] : [`at most ${form.maximum}`]),
    ]);
    const words = this.words(steps);
    return [
      text,
      words.length > 0 ? `one of ${words.join(", ")}` : "",
      [...new Set(limits)].join(", "),
      schema.default === undefined ? "" : `default ${JSON.stringify(schema.default)}`,
    ].filter(Boolean).join("; ");
  }

  // Follows references and alternatives; of alternatives with constants, those that the scalars beside agree with.
  private forms(schema: Schema, beside: Map<string, string>): Schema[] {
    if (schema.$ref !== undefined) {
      const target = this.root.definitions?.[schema.$ref.split("/").at(-1) ?? ""];
      return target ? this.forms(target, beside) : [];
    }
    const parts = [...(schema.anyOf ?? []), ...(schema.allOf ?? []), ...(schema.oneOf ?? [])];
    if (parts.length === 0) return [schema];
    const forms = parts.flatMap((part) => this.forms(part, beside));
    const agreeing = forms.filter((form) => this.agrees(form, beside));
    return agreeing.length > 0 ? agreeing : forms;
  }

  private agrees(form: Schema, beside: Map<string, string>): boolean {
    return [...beside].every(([name, value]) => {
      const choice = form.properties?.[name]?.const;
      if (choice !== undefined) return String(choice) === value;
      return name !== "type" && name !== "class" ? true : form.properties?.[name] !== undefined;
    });
  }
}
