// Which of a summary's numbers are shown, in which unit and order.
import { in_unit, percent, ratio, spoken, type Unit } from "../parts/format";

type Summary = Record<string, unknown>;

const groups: { heading: string; of_benchmark?: boolean; fields: [string, Unit][] }[] = [
  { heading: "Return and risk", fields: [
    ["best_day", "percent"], ["worst_day", "percent"], ["best_month", "percent"], ["worst_month", "percent"],
    ["best_year", "percent"], ["worst_year", "percent"], ["winning_days", "percent"], ["winning_months", "percent"],
    ["winning_years", "percent"], ["year_to_date", "percent"], ["trailing_1_year", "percent"], ["trailing_3_years", "percent"],
    ["trailing_5_years", "percent"], ["trailing_10_years", "percent"], ["value_at_risk", "percent"],
    ["conditional_value_at_risk", "percent"], ["skewness", "ratio"], ["kurtosis", "ratio"], ["tail_ratio", "ratio"],
    ["omega_ratio", "ratio"], ["gain_to_pain_ratio", "ratio"], ["average_drawdown", "percent"],
    ["longest_drawdown_days", "days"], ["time_under_water", "percent"], ["ulcer_index", "ratio"] ] },
  { heading: "Benchmark", of_benchmark: true, fields: [
    ["total_return", "percent"], ["annualized_return", "percent"], ["annualized_volatility", "percent"],
    ["sharpe_ratio", "ratio"], ["max_drawdown", "percent"], ["beta", "ratio"], ["alpha", "percent"],
    ["correlation", "ratio"], ["tracking_error", "percent"], ["information_ratio", "ratio"], ["up_capture", "percent"],
    ["down_capture", "percent"] ] },
  { heading: "Trading and costs", fields: [
    ["trades", "count"], ["closed_positions", "count"], ["hit_rate", "percent"], ["payoff_ratio", "ratio"],
    ["profit_factor", "ratio"], ["expectancy", "money"], ["average_holding_bars", "ratio"],
    ["average_gross_exposure", "percent"], ["average_net_exposure", "percent"], ["turnover_annual", "percent"],
    ["commission_total", "money"], ["slippage_total", "money"], ["financing_total", "money"], ["dividend_total", "money"],
    ["cost_drag_annual", "percent"], ["gross_return", "percent"], ["reject_count", "count"], ["constraint_hits", "count"] ] },
  { heading: "What was run", fields: [
    ["strategy", "text"], ["sizing", "text"], ["fill_policy", "text"], ["first_bar", "text"], ["last_bar", "text"],
    ["bars", "count"], ["bars_per_year", "ratio"], ["risk_free", "text"], ["rules_version", "count"],
    ["config_sha256", "text"], ["data_fingerprint", "text"], ["result_sha256", "text"] ] },
];

export function fact_groups(summary: Summary, benchmark: Summary | null) {
  return groups
    .filter((group) => !group.of_benchmark || benchmark !== null)
    .map((group) => {
      const from = group.of_benchmark ? (benchmark ?? {}) : summary;
      const facts = group.fields
        .filter(([name]) => name in from)
        .map(([name, unit]) => ({ name: spoken(name), value: in_unit(from[name], unit) }));
      return { heading: group.heading, facts };
    });
}

const number_or_null = (value: unknown) => (typeof value === "number" ? value : null);

export function benchmark_figures(benchmark: Summary) {
  return [
    { name: "Benchmark", text: percent(benchmark["total_return"]), value: number_or_null(benchmark["total_return"]), beside: `${percent(benchmark["annualized_return"])} a year` },
    { name: "Beta", text: ratio(benchmark["beta"]), beside: `alpha ${percent(benchmark["alpha"])}` },
  ];
}
