// Runs side by side on one axis of dates: all dates that any of them has.
import { compare_runs, get_daily, get_summary, type Comparison } from "../api/runs";

export const most_runs = 10;

export interface Line {
  run_id: string;
  colour: number;
  growth: (number | null)[];
  drawdown: (number | null)[];
  returns: (number | null)[];
  /** Growth less that of the first run, both from 1. */
  beyond_first: (number | null)[];
}

export interface LoadedComparison {
  comparison: Comparison;
  summaries: Map<string, Record<string, unknown>>;
  dates: string[];
  dates_s: number[];
  lines: Line[];
}

export async function load_comparison(run_ids: string[]): Promise<LoadedComparison> {
  const comparison = await compare_runs(run_ids);
  const completed = comparison.runs.filter((run) => run.status === "completed").map((run) => run.run_id);
  const [days, summaries] = await Promise.all([
    Promise.all(completed.map((run_id) => get_daily(run_id))),
    Promise.all(completed.map((run_id) => get_summary(run_id))),
  ]);
  const dates = [...new Set(days.flatMap((points) => points.map((point) => point.date ?? "")))].sort();
  const places = new Map(dates.map((date, place) => [date, place]));
  const lines = days.map((points, at): Line => {
    const blank = () => new Array<number | null>(dates.length).fill(null);
    const line: Line = {
      run_id: completed[at] ?? "", colour: 1 + comparison.runs.findIndex((run) => run.run_id === completed[at]),
      growth: blank(), drawdown: blank(), returns: blank(), beyond_first: blank(),
    };
    const base = points[0]?.portfolio_value ?? NaN;
    for (const point of points) {
      const place = places.get(point.date ?? "") ?? 0;
      line.growth[place] = (point.portfolio_value ?? NaN) / base;
      line.drawdown[place] = point.drawdown ?? null;
      line.returns[place] = point.daily_return ?? null;
    }
    return line;
  });
  const first = lines[0];
  for (const line of lines) {
    line.beyond_first = line.growth.map((value, place) => {
      const of_first = first?.growth[place];
      return value == null || of_first == null ? null : value - of_first;
    });
  }
  const dates_s = dates.map((date) => Date.parse(`${date.slice(0, 10)}T00:00:00Z`) / 1000);
  return { comparison, summaries: new Map(completed.map((id, at) => [id, summaries[at] ?? {}])), dates, dates_s, lines };
}

/** Of daily returns, over the dates that both runs have. */
export function correlations({ lines }: LoadedComparison): number[][] {
  return lines.map((a) => lines.map((b) => correlation(a.returns, b.returns)));
}

function correlation(a: (number | null)[], b: (number | null)[]): number {
  let n = 0, sum_a = 0, sum_b = 0;
  const both: [number, number][] = [];
  a.forEach((value, place) => {
    const other = b[place];
    if (value == null || other == null) return;
    both.push([value, other]);
    n += 1;
    sum_a += value;
    sum_b += other;
  });
  if (n < 3) return NaN;
  let aa = 0, bb = 0, ab = 0;
  for (const [x, y] of both) {
    aa += (x - sum_a / n) ** 2;
    bb += (y - sum_b / n) ** 2;
    ab += (x - sum_a / n) * (y - sum_b / n);
  }
  return aa === 0 || bb === 0 ? NaN : ab / Math.sqrt(aa * bb);
}

/** Month -> return of each line in that month, from its growth. */
export function monthly_returns(lines: Line[], dates: string[]): { month: string; returns: (number | null)[] }[] {
  const months = [...new Set(dates.map((date) => date.slice(0, 7)))];
  const last_of = lines.map((line) => {
    const last = new Map<string, number>();
    line.growth.forEach((value, place) => {
      if (value !== null) last.set((dates[place] ?? "").slice(0, 7), value);
    });
    return last;
  });
  return months.map((month, at) => ({
    month,
    returns: last_of.map((last) => {
      const end = last.get(month);
      const start = at === 0 ? 1 : last.get(months[at - 1] ?? "");
      return end === undefined || start === undefined ? null : end / start - 1;
    }),
  }));
}
