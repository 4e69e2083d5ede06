// Readiness and telemetry, asked for again while the page is seen.
import { text_of } from "../api/problem";
import { get_readiness, get_samples, type Sample } from "../api/telemetry";
import { session } from "./session.svelte";

const refresh_ms = 3_000;

export class ServiceHealth {
  readiness = $state("");
  problem = $state("");
  samples = $state.raw<Sample[]>([]);
  completed_per_minute = $state<number | null>(null);
  private before: { at_ms: number; completed: number } | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private is_stopped = false;

  get has_telemetry(): boolean {
    return this.samples.length > 0;
  }

  start(): void {
    void this.refresh();
  }

  stop(): void {
    this.is_stopped = true;
    clearTimeout(this.timer);
  }

  sum(metric: string, labels: Record<string, string> = {}): number {
    return this.samples
      .filter((one) => one.metric === metric && Object.entries(labels).every(([name, value]) => one.labels[name] === value))
      .reduce((sum, one) => sum + one.value, 0);
  }

  private async refresh(): Promise<void> {
    if (!document.hidden && !session.is_needed) {
      this.readiness = await get_readiness().catch(text_of);
      try {
        this.samples = (await get_samples()).filter((sample) => !sample.metric.endsWith("_bucket"));
        this.problem = "";
        this.measure_rates();
      } catch (reason) {
        this.problem = text_of(reason);
      }
    }
    if (!this.is_stopped) this.timer = setTimeout(() => void this.refresh(), refresh_ms);
  }

  private measure_rates(): void {
    const now = {
      at_ms: performance.now(),
      completed: this.sum("backtest_runs", { status: "completed" }),
    };
    if (this.before !== null) {
      const seconds = (now.at_ms - this.before.at_ms) / 1000;
      this.completed_per_minute = Math.max(0, ((now.completed - this.before.completed) / seconds) * 60);
    }
    this.before = now;
  }
}
