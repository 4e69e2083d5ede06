// Numbers and times as people read them. Missing is an en dash, never 0.
const missing = "–";
const known = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

const two_places = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 2 });
const upto = new Intl.NumberFormat("en-US", { maximumFractionDigits: 4 });

// A true minus, as wide as a plus, so that columns line up.
const minus = (text: string) => text.replace("-", "−");

export const percent = (value: unknown) => (known(value) ? `${minus(two_places.format(value * 100))} %` : missing);
export const whole_percent = (value: unknown) => (known(value) ? `${minus(upto.format(Number((value * 100).toFixed(2))))} %` : missing);
export const ratio = (value: unknown) => (known(value) ? minus(two_places.format(value)) : missing);
export const money = (value: unknown) =>
  known(value) ? minus((Math.abs(value) >= 100_000 ? whole : two_places).format(value)) : missing;
export const count = (value: unknown) => (known(value) ? minus(whole.format(value)) : missing);
export const short_number = (value: unknown) => (known(value) ? minus(compact.format(value)) : missing);
export const plain_number = (value: unknown) => (known(value) ? minus(upto.format(value)) : missing);

/** The service counts 1,000 places. */
export const queue_place = (position: number) => (position > 1000 ? "> 1,000" : `#${position}`);

export type Unit = "percent" | "ratio" | "money" | "count" | "days" | "text";

export function in_unit(value: unknown, unit: Unit): string {
  if (unit === "percent") return percent(value);
  if (unit === "ratio") return ratio(value);
  if (unit === "money") return money(value);
  if (unit === "days") return known(value) ? `${whole.format(value)} days` : missing;
  if (unit === "count") return count(value);
  return value === null || value === undefined || value === "" ? missing : String(value);
}

/** 2026-11-30T02:07:02Z as 2026-11-30 02:07:02, in UTC as the service writes it. */
export const moment = (text: string | null | undefined) =>
  text ? text.slice(0, 19).replace("T", " ") : missing;

export function duration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds) || seconds < 0) return missing;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function seconds_between(from: string | null | undefined, to: string | null | undefined): number | null {
  return from && to ? (Date.parse(to) - Date.parse(from)) / 1000 : null;
}

export const bytes = (size: number) =>
  size < 1000 ? `${size} B` : size < 1e6 ? `${(size / 1e3).toFixed(1)} kB` : `${(size / 1e6).toFixed(1)} MB`;

export const tone = (value: unknown) => (known(value) && value < 0 ? "negative" : known(value) && value > 0 ? "positive" : "");

/** daily_metrics -> daily metrics */
export const spoken = (name: string) => name.replaceAll("_", " ");
