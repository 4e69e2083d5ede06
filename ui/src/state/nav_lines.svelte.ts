// Small NAV lines of finished runs, fetched for rows that are seen, two at a time, and kept: results never change.
import { SvelteMap } from "svelte/reactivity";
import { get_daily } from "../api/runs";

const points = 60;
const most_at_once = 2;
const most_kept = 2_000;

class NavLines {
  lines = new SvelteMap<string, number[]>();
  private wanted: string[] = [];
  private under_way = 0;

  /** Only what is wanted now is fetched: rows that were scrolled past are forgotten. */
  want(run_ids: string[]): void {
    this.wanted = run_ids.filter((run_id) => !this.lines.has(run_id));
    this.fetch_next();
  }

  private fetch_next(): void {
    while (this.under_way < most_at_once && this.wanted.length > 0) {
      const run_id = this.wanted.shift();
      if (run_id === undefined || this.lines.has(run_id)) continue;
      this.under_way += 1;
      if (this.lines.size >= most_kept) this.lines.clear();
      this.lines.set(run_id, []);
      get_daily(run_id, points)
        .then((days) => this.lines.set(run_id, days.map((day) => day.portfolio_value ?? NaN)))
        .catch(() => {})
        .finally(() => {
          this.under_way -= 1;
          this.fetch_next();
        });
    }
  }
}

export const nav_lines = new NavLines();
