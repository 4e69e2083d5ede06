// The NAV of a run that runs, as events bring it: nobody keeps what came before the page was opened.
import { get_config, type Run } from "../api/runs";

export interface NavPoint {
  date: string;
  nav: number;
  /** How much of the run was done. */
  percent: number;
}

const most_points = 1_000;

export class NavSoFar {
  /** By date. When there are too many, every second one is dropped, but neither the first nor the last. */
  points = $state.raw<NavPoint[]>([]);
  /** What the run began with; null until the config has been read. */
  initial_cash = $state<number | null>(null);
  private is_config_asked = false;

  take({ run_id, status, progress_percent, progress_date, progress_nav }: Run): void {
    if (status !== "running" || progress_date == null || progress_nav == null) {
      this.points = []; // the next attempt begins again
      return;
    }
    void this.ask_initial_cash(run_id);
    const last = this.points.at(-1);
    if (last !== undefined && progress_date === last.date) return;
    const before = last !== undefined && progress_date < last.date ? [] : this.points;
    const points = [...before, { date: progress_date, nav: progress_nav, percent: progress_percent }];
    this.points = points.length <= most_points ? points : points.filter((_, place) => place % 2 === 0 || place === points.length - 1);
  }

  private async ask_initial_cash(run_id: string): Promise<void> {
    if (this.is_config_asked) return;
    this.is_config_asked = true;
    const config = await get_config(run_id).catch(() => null);
    const cash = (config?.effective_config as { initial_cash?: unknown } | undefined)?.initial_cash;
    if (typeof cash === "number" && cash > 0) this.initial_cash = cash;
  }
}
