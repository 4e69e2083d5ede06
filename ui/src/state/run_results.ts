// What charts and tables of a completed run are drawn from, asked for together.
import { CsvTable } from "../api/csv_table";
import { get_artifact_text, get_daily, get_summary, type DailyPoint } from "../api/runs";

export interface RunResults {
  summary: Record<string, unknown>;
  days: DailyPoint[];
  benchmark: CsvTable | null;
  monthly: CsvTable | null;
  drawdowns: CsvTable | null;
}

export async function load_results(run_id: string, names: Set<string>): Promise<RunResults> {
  const table = async (name: string) =>
    names.has(name) ? new CsvTable(await get_artifact_text(run_id, name)) : null;
  const [summary, days, benchmark, monthly, drawdowns] = await Promise.all([
    get_summary(run_id),
    get_daily(run_id),
    table("benchmark.csv"),
    table("returns_monthly.csv"),
    table("drawdowns.csv"),
  ]);
  return { summary, days, benchmark, monthly, drawdowns };
}
