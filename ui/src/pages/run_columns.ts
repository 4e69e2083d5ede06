// The columns of the list of runs, and which of them a window of some width has room for.
import type { Run } from "../api/runs";
import { count, money, percent, ratio } from "../parts/format";
import type { Column } from "../parts/VirtualTable.svelte";

export interface RunColumn extends Column {
  /** Shown from this width of the window on, where nobody has chosen. */
  from_px: number;
  is_fixed?: boolean;
}

export const number_columns: Record<string, (run: Run) => string> = {
  return: (run) => percent(run.metrics?.total_return),
  annual: (run) => percent(run.metrics?.annualized_return),
  volatility: (run) => percent(run.metrics?.annualized_volatility),
  sharpe: (run) => ratio(run.metrics?.sharpe_ratio),
  drawdown: (run) => percent(run.metrics?.max_drawdown),
  equity: (run) => money(run.metrics?.final_equity),
  trades: (run) => count(run.metrics?.trades),
};

const never = Infinity;
export const all_columns: RunColumn[] = [
  { name: "chosen", heading: "Chosen", width_px: 36, from_px: 0, is_fixed: true },
  { name: "run", heading: "Run", width_px: 190, from_px: 0, is_fixed: true },
  { name: "name", heading: "Name", width_px: 140, from_px: 620 },
  { name: "state", heading: "State", width_px: 124, from_px: 0 },
  { name: "nav", heading: "NAV line", width_px: 106, from_px: 900 },
  { name: "tags", heading: "Tags", width_px: 140, from_px: 1440 },
  { name: "return", heading: "Return", width_px: 92, from_px: 0, is_number: true },
  { name: "annual", heading: "A year", width_px: 92, from_px: 1560, is_number: true },
  { name: "volatility", heading: "Volatility", width_px: 98, from_px: 1300, is_number: true },
  { name: "sharpe", heading: "Sharpe", width_px: 84, from_px: 520, is_number: true },
  { name: "drawdown", heading: "Drawdown", width_px: 108, from_px: 760, is_number: true },
  { name: "equity", heading: "NAV", width_px: 110, from_px: 1300, is_number: true },
  { name: "trades", heading: "Trades", width_px: 80, from_px: never, is_number: true },
  { name: "submitted", heading: "Submitted (UTC)", width_px: 176, from_px: 900 },
  { name: "ended", heading: "Ended (UTC)", width_px: 176, from_px: never },
  { name: "took", heading: "Took", width_px: 90, from_px: 1150, is_number: true },
  { name: "period", heading: "Period", width_px: 200, from_px: never },
  { name: "strategy", heading: "Strategy", width_px: 170, from_px: never },
  { name: "note", heading: "Note", width_px: 200, from_px: never },
  { name: "submitter", heading: "Submitter", width_px: 120, from_px: 1700 },
  { name: "priority", heading: "Priority", width_px: 72, from_px: never, is_number: true },
];

/** By what the service sorts a column, where it does. */
export const sorts: Record<string, string> = {
  submitted: "submitted_at", ended: "completed_at", took: "duration", return: "total_return", sharpe: "sharpe_ratio", drawdown: "max_drawdown",
};

/** `names`: those that somebody chose, with commas; null for what fits. */
export function shown_columns(names: string | null, window_px: number): RunColumn[] {
  const chosen = names === null ? null : new Set(names.split(","));
  return all_columns
    .filter((column) => column.is_fixed || (chosen === null ? window_px >= column.from_px : chosen.has(column.name)))
    .map((column) => (column.name === "run" && window_px < 520 ? { ...column, width_px: 120 } : column));
}
