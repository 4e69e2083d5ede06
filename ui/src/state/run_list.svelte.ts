// The runs that a filter finds, in its order: pages are loaded as somebody scrolls, and what is in sight and can still
// change is asked for again while the page is seen, by the page of the list that it came with.
import { text_of } from "../api/problem";
import { get_run, list_runs, type ListFilter, type Run } from "../api/runs";
import { session } from "./session.svelte";

const page_rows = 200;
const head_rows = 50;
const refresh_ms = 2_000;
const most_pages_asked = 2;
const most_asked_one_by_one = 20;

const is_active = (run: Run) => run.status === "queued" || run.status === "running";

export class RunList {
  runs = $state.raw<Run[]>([]);
  is_complete = $state(false);
  is_loading = $state(false);
  has_loaded = $state(false);
  problem = $state("");
  /** Changes from poll to poll while the service answers. */
  is_live = $state(true);

  private cursor: string | null = null;
  private places = new Map<string, number>();
  /** Behind which cursor each run was found. */
  private cursors = new Map<string, string | null>();
  private in_sight = { first: 0, last: 0 };
  private stopping = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** New runs belong at the top; in another order they appear when the list is opened again. */
  private readonly is_latest_first: boolean;

  constructor(private readonly filter: ListFilter) {
    this.is_latest_first = filter.sort === undefined || filter.sort === "-submitted_at";
  }

  start(): void {
    void this.load_more();
    this.plan_refresh();
  }

  stop(): void {
    this.stopping.abort();
    clearTimeout(this.timer);
  }

  async load_more(): Promise<void> {
    if (this.is_loading || this.is_complete || this.stopping.signal.aborted) return;
    this.is_loading = true;
    try {
      const page = await list_runs(this.filter, page_rows, this.cursor, this.stopping.signal);
      this.append(page.runs, this.cursor);
      this.cursor = page.next_cursor;
      this.is_complete = page.next_cursor === null;
      this.problem = "";
    } catch (reason) {
      if (!this.stopping.signal.aborted) this.problem = text_of(reason);
    }
    this.has_loaded = true;
    this.is_loading = false;
  }

  /** Which rows somebody looks at. */
  see(first: number, last: number): void {
    this.in_sight = { first, last };
  }

  /** Puts the record that an action answered into its row. */
  replace(run: Run): void {
    this.update([run]);
  }

  remove(run_id: string): void {
    this.set(this.runs.filter((run) => run.run_id !== run_id));
  }

  private plan_refresh(): void {
    this.timer = setTimeout(async () => {
      if (!document.hidden && this.has_loaded && !session.is_needed) await this.refresh();
      if (!this.stopping.signal.aborted) this.plan_refresh();
    }, refresh_ms);
  }

  private async refresh(): Promise<void> {
    const signal = this.stopping.signal;
    try {
      if (this.problem !== "") await this.load_more();
      if (this.problem !== "") return;
      const head = await list_runs(this.filter, head_rows, null, signal);
      const known = head.runs.filter((run) => this.places.has(run.run_id));
      const fresh = head.runs.filter((run) => !this.places.has(run.run_id));
      // More new runs than a page holds: what lies between is unknown, so the list begins again.
      if (this.is_latest_first && fresh.length === head_rows && this.runs.length > 0) this.begin_again(head.runs, head.next_cursor);
      else if (fresh.length > 0 && this.is_latest_first) this.prepend(fresh);
      this.update(known);
      await this.refresh_in_sight(new Set(head.runs.map((run) => run.run_id)), signal);
      this.is_live = true;
      this.problem = "";
    } catch (reason) {
      if (signal.aborted) return;
      this.is_live = false;
      if (this.runs.length === 0) this.problem = text_of(reason);
    }
  }

  // Runs in sight below the head that may have changed: by their pages, and by themselves where those do not hold them any
  // more.
  private async refresh_in_sight(answered: Set<string>, signal: AbortSignal): Promise<void> {
    const waiting = () =>
      this.runs.slice(this.in_sight.first, this.in_sight.last).filter((run) => is_active(run) && !answered.has(run.run_id));
    const cursors = new Set(waiting().map((run) => this.cursors.get(run.run_id)));
    for (const cursor of [...cursors].slice(0, most_pages_asked)) {
      const page = await list_runs(this.filter, page_rows, cursor, signal);
      this.update(page.runs);
      for (const run of page.runs) answered.add(run.run_id);
    }
    const asked = await Promise.allSettled(waiting().slice(0, most_asked_one_by_one).map((run) => get_run(run.run_id)));
    this.update(asked.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : [])));
  }

  private begin_again(runs: Run[], cursor: string | null): void {
    this.cursor = cursor;
    this.is_complete = cursor === null;
    this.cursors.clear();
    this.runs = [];
    this.prepend(runs);
  }

  private append(runs: Run[], cursor: string | null): void {
    for (const run of runs) this.cursors.set(run.run_id, cursor);
    this.set([...this.runs, ...runs.filter((run) => !this.places.has(run.run_id))]);
  }

  private prepend(runs: Run[]): void {
    for (const run of runs) this.cursors.set(run.run_id, null);
    this.set([...runs, ...this.runs]);
  }

  private update(runs: Run[]): void {
    let next: Run[] | undefined;
    for (const run of runs) {
      const place = this.places.get(run.run_id);
      if (place === undefined) continue;
      next ??= this.runs.slice();
      next[place] = run;
    }
    if (next) this.runs = next;
  }

  private set(runs: Run[]): void {
    this.places = new Map(runs.map((run, place) => [run.run_id, place]));
    this.runs = runs;
  }
}
