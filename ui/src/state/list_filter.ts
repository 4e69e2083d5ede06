// Which runs a list holds and in which order, as the address says it. The names are those of the service's parameters.
import type { ListFilter } from "../api/runs";

/** Narrow a list; each is one field of the page. */
export const fields = [
  { name: "tags", heading: "Tags", type: "text", hint: "with commas" },
  { name: "submitter", heading: "Submitter", type: "text", hint: "" },
  { name: "strategy", heading: "Strategy", type: "text", hint: "ConfiguredStrategy" },
  { name: "submitted_from", heading: "From", type: "date", hint: "" },
  { name: "submitted_before", heading: "Before", type: "date", hint: "" },
  { name: "total_return_min", heading: "Return at least", type: "number", hint: "0.1" },
  { name: "sharpe_ratio_min", heading: "Sharpe at least", type: "number", hint: "1" },
  { name: "max_drawdown_min", heading: "Drawdown at least", type: "number", hint: "-0.2" },
] as const;

const names = ["status", "q", "sort", ...fields.map((field) => field.name)];

export function filter_of(query: URLSearchParams): ListFilter {
  return Object.fromEntries(names.flatMap((name) => (query.get(name) ? [[name, query.get(name)]] : []))) as ListFilter;
}

/** How many of the fields say something. */
export const used_fields = (query: URLSearchParams) => fields.filter((field) => query.get(field.name)).length;

/** The number or time that orders the list, and whether the greatest come first. */
export function order_of(query: URLSearchParams): { by: string; is_descending: boolean } {
  const sort = query.get("sort") ?? "-submitted_at";
  return sort.startsWith("-") ? { by: sort.slice(1), is_descending: true } : { by: sort, is_descending: false };
}

/** The order after another choice of the same heading: the greatest first, then the smallest. */
export function next_sort(query: URLSearchParams, by: string): string | null {
  const now = order_of(query);
  const next = now.by === by && now.is_descending ? by : `-${by}`;
  return next === "-submitted_at" ? null : next;
}
