// One run as it goes: its record, what its event stream tells, and whether the stream is connected.
import { follow_events } from "../api/event_stream";
import { text_of } from "../api/problem";
import { get_run, type ProgressEvent, type Run, type StateEvent } from "../api/runs";
import { NavSoFar } from "./nav_so_far.svelte";

export type RunEvent = Pick<StateEvent, "status" | "at" | "epoch">;

export const has_finished = (run: Run) => run.status !== "queued" && run.status !== "running";

const queue_look_ms = 2_000;

export class LiveRun {
  run = $state.raw<Run | null>(null);
  queue_position = $state<number | undefined>();
  problem = $state("");
  is_connected = $state(true);
  events = $state.raw<RunEvent[]>([]);
  readonly nav_so_far = new NavSoFar();
  private stopping = new AbortController();

  constructor(readonly run_id: string) {}

  async start(): Promise<void> {
    try {
      this.run = await get_run(this.run_id);
      void this.watch_queue(this.run.queue_position);
      await follow_events(
        this.run_id,
        this.stopping.signal,
        (event) => this.take(event.name, event.data),
        (is_connected) => (this.is_connected = is_connected),
      );
    } catch (reason) {
      if (!this.stopping.signal.aborted) this.problem = text_of(reason);
    }
  }

  stop(): void {
    this.stopping.abort();
  }

  /** What comes before it in the queue is told by no event of its own. */
  private async watch_queue(position: number | undefined): Promise<void> {
    while (position !== undefined && !this.stopping.signal.aborted) {
      this.queue_position = position;
      await new Promise((resolve) => setTimeout(resolve, queue_look_ms));
      if (this.run?.status !== "queued") break;
      position = await get_run(this.run_id).then((run) => run.queue_position, () => position);
    }
    this.queue_position = undefined;
  }

  private take(name: string, data: unknown): void {
    if (this.run === null) return;
    if (name === "run") {
      this.run = data as Run;
    } else if (name === "progress") {
      const { progress_percent, bars_per_second, date, nav } = data as ProgressEvent;
      this.run = { ...this.run, progress_percent, bars_per_second, progress_date: date, progress_nav: nav };
    } else if (name === "state") {
      const { status, at, epoch } = data as StateEvent;
      this.events = [...this.events, { status, at, epoch }];
      const started_at = status === "running" ? at : this.run.started_at;
      if (!has_finished(this.run)) this.run = { ...this.run, status, started_at };
    }
    if (name !== "state") this.nav_so_far.take(this.run);
  }
}

/** Seconds until a running run is done, from what it has done so far; null where nothing can be said. */
export function seconds_left(run: Run, now_ms: number): number | null {
  const percent = run.progress_percent ?? 0;
  if (run.started_at == null || percent <= 0.5 || percent >= 100) return null;
  const passed_s = (now_ms - Date.parse(run.started_at)) / 1000;
  return passed_s <= 0 ? null : (passed_s * (100 - percent)) / percent;
}
