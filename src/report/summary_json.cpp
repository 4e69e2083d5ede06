#include "report/summary_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>
#include <cstddef>
#include <utility>

#include "base/diagnostic_json.hpp"
#include "base/warning_list.hpp"
#include "report/constraint_warnings.hpp"
#include "report/sizer_warnings.hpp"
#include "report/words.hpp"

namespace backtest {

namespace {

// 1: the rules before MET-9 to MET-13 and their like; summaries of that time do not hold the field.
constexpr int rules_version = 2;

json::value number_or_null(OptionalNumber value) {
  return value && std::isfinite(*value) ? json::value(*value) : json::value(nullptr);
}

json::object reject_counts(const SimulationResult& result) {
  json::object counts;
  for (const Reject& reject : result.rejects) {
    json::value& count = counts[word(reject.reason)];
    count = count.is_null() ? std::int64_t{1} : count.as_int64() + 1;
  }
  return counts;
}

void add_metrics(const Summary& summary, json::object& out) {
  out["bars_per_year"] = number_or_null(summary.convention.bars_per_year);
  out["days"] = summary.convention.days;
  out["initial_cash"] = number_or_null(summary.initial_cash);
  out["final_equity"] = number_or_null(summary.final_nav);
  out["total_return"] = number_or_null(summary.total_return);
  out["annualized_return"] = number_or_null(summary.annualized_return);
  out["annualized_volatility"] = number_or_null(summary.annualized_volatility);
  out["sharpe_ratio"] = number_or_null(summary.sharpe_ratio);
  out["sortino_ratio"] = number_or_null(summary.sortino_ratio);
  out["calmar_ratio"] = number_or_null(summary.calmar_ratio);
  out["max_drawdown"] = number_or_null(summary.max_drawdown);
  out["trades"] = summary.fill_count;
  out["gross_return"] = number_or_null(summary.gross_return);
  out["cost_drag"] = number_or_null(summary.cost_drag);
  out["cost_drag_annual"] = number_or_null(summary.cost_drag_annual);
  out["commission_total"] = number_or_null(summary.commission_total);
  out["slippage_total"] = number_or_null(summary.slippage_total);
  out["dividend_total"] = number_or_null(summary.dividend_total);
  out["financing_total"] = number_or_null(summary.financing_total);
  out["turnover_total"] = number_or_null(summary.turnover_total);
  out["turnover_annual"] = number_or_null(summary.turnover_annual);
  out["average_gross_exposure"] = number_or_null(summary.average_gross_exposure);
  out["average_net_exposure"] = number_or_null(summary.average_net_exposure);
  out["closed_positions"] = summary.closed_position_count;
  out["hit_rate"] = number_or_null(summary.hit_rate);
  out["payoff_ratio"] = number_or_null(summary.payoff_ratio);
  out["profit_factor"] = number_or_null(summary.profit_factor);
  out["expectancy"] = number_or_null(summary.expectancy);
  out["average_holding_bars"] = number_or_null(summary.average_holding_bars);
}

void add_statistics(const ReturnStatistics& statistics, json::object& out) {
  out["skewness"] = number_or_null(statistics.skewness);
  out["kurtosis"] = number_or_null(statistics.kurtosis);
  out["value_at_risk"] = number_or_null(statistics.value_at_risk);
  out["conditional_value_at_risk"] = number_or_null(statistics.conditional_value_at_risk);
  out["omega_ratio"] = number_or_null(statistics.omega_ratio);
  out["tail_ratio"] = number_or_null(statistics.tail_ratio);
  out["gain_to_pain_ratio"] = number_or_null(statistics.gain_to_pain_ratio);
  out["best_day"] = number_or_null(statistics.best_day);
  out["worst_day"] = number_or_null(statistics.worst_day);
  out["best_month"] = number_or_null(statistics.best_month);
  out["worst_month"] = number_or_null(statistics.worst_month);
  out["best_year"] = number_or_null(statistics.best_year);
  out["worst_year"] = number_or_null(statistics.worst_year);
  out["winning_days"] = number_or_null(statistics.winning_days);
  out["winning_months"] = number_or_null(statistics.winning_months);
  out["winning_years"] = number_or_null(statistics.winning_years);
  out["ulcer_index"] = number_or_null(statistics.ulcer_index);
  out["average_drawdown"] = number_or_null(statistics.average_drawdown);
  out["longest_drawdown_days"] = statistics.longest_drawdown_days;
  out["time_under_water"] = number_or_null(statistics.time_under_water);
  out["year_to_date"] = number_or_null(statistics.year_to_date);
  out["trailing_1_year"] = number_or_null(statistics.trailing_1_year);
  out["trailing_3_years"] = number_or_null(statistics.trailing_3_years);
  out["trailing_5_years"] = number_or_null(statistics.trailing_5_years);
  out["trailing_10_years"] = number_or_null(statistics.trailing_10_years);
}

json::value benchmark_json(const std::optional<BenchmarkMetrics>& benchmark) {
  if (!benchmark) return nullptr;
  json::object out;
  const auto date_or_null = [](const std::optional<Date>& date) {
    return date ? json::value(json::string(to_text(*date))) : json::value(nullptr);
  };
  out["first_date"] = date_or_null(benchmark->first_date);
  out["last_date"] = date_or_null(benchmark->last_date);
  out["spans_the_run"] = benchmark->spans_the_run;
  out["total_return"] = number_or_null(benchmark->total_return);
  out["portfolio_return"] = number_or_null(benchmark->portfolio_return);
  out["annualized_return"] = number_or_null(benchmark->annualized_return);
  out["annualized_volatility"] = number_or_null(benchmark->annualized_volatility);
  out["sharpe_ratio"] = number_or_null(benchmark->sharpe_ratio);
  out["max_drawdown"] = number_or_null(benchmark->max_drawdown);
  out["correlation"] = number_or_null(benchmark->correlation);
  out["r_squared"] = number_or_null(benchmark->r_squared);
  out["treynor_ratio"] = number_or_null(benchmark->treynor_ratio);
  out["alpha"] = number_or_null(benchmark->alpha);
  out["beta"] = number_or_null(benchmark->beta);
  out["tracking_error"] = number_or_null(benchmark->tracking_error);
  out["information_ratio"] = number_or_null(benchmark->information_ratio);
  out["up_capture"] = number_or_null(benchmark->up_capture);
  out["down_capture"] = number_or_null(benchmark->down_capture);
  return out;
}

// Half a rebalance: what was sold or bought, and what should have paid for it or been paid.
void add_unfilled_orders(const RunView& run, std::vector<Diagnostic>& warnings) {
  const auto is_unfilled = [](const Reject& reject) { return reject.reason == RejectReason::missing_open_price; };
  const auto first = std::ranges::find_if(run.result.rejects, is_unfilled);
  if (first == run.result.rejects.end()) return;
  const Panel& prices = run.market.prices;
  const bool waited = run.request.unfilled == UnfilledOrders::retry;
  warnings.push_back({.message = "an order found no price and was given up",
                      .count = static_cast<std::size_t>(std::ranges::count_if(run.result.rejects, is_unfilled)),
                      .first = to_text(prices.dates[first->bar]) + " " + prices.instruments[first->instrument],
                      .remedy = waited ? "raise broker.unfilled_bars where a later bar has a price"
                                       : "broker.unfilled: retry keeps such orders for broker.unfilled_bars bars"});
}

// Nothing was sent: what the strategy wanted was of a side that its sizer does not hold.
bool wanted_shorts_alone(const RunView& run) {
  const std::vector<SizerCut>& cuts = run.result.sizer_cuts;
  const auto is_of_shorts = [](const SizerCut& cut) { return cut.limit == SizerLimit::holds_no_shorts; };
  return run.result.rejects.empty() && run.result.hits.empty() && !cuts.empty() &&
         std::ranges::all_of(cuts, is_of_shorts);
}

// A schedule that never meets the days of its signals looks like a strategy that likes nothing.
void add_nothing_traded(const RunView& run, std::vector<Diagnostic>& warnings) {
  if (!run.result.fills.empty() || run.result.bars.size() < 2) return;
  std::string message = "nothing was traded";
  std::string remedy;
  if (wanted_shorts_alone(run)) {
    message += ": the strategy selected shorts alone, and its sizer holds none";
    remedy = "see sizing";
  } else if (!run.result.rejects.empty()) {
    message += ": every order was rejected";
    remedy = "see rejects.csv";
  } else if (run.market.signals) {
    const std::size_t instruments = run.market.prices.instrument_count();
    std::size_t bars_with_signals = 0;
    for (std::size_t i = 0; i < run.result.bars.size(); ++i) {
      const auto row = run.market.signals->has_row.subspan((run.result.first_bar + i) * instruments, instruments);
      bars_with_signals += std::ranges::find(row, 1) == row.end() ? 0 : 1;
    }
    message += fmt::format(": signals have rows on {} of {} bars, and a decision reads those of its own bar alone",
                           bars_with_signals, run.result.bars.size());
    remedy = "see strategy.rebalance and data.on_off_calendar";
  }
  warnings.push_back({.message = std::move(message), .importance = Importance::high, .remedy = std::move(remedy)});
}

}  // namespace

std::vector<Diagnostic> all_warnings(const RunView& run) {
  std::vector<Diagnostic> warnings = run.request.warnings;
  if (run.result.ruined) {
    warnings.push_back({.message = "the account was ruined: NAV fell to zero or below, and the simulation ended there",
                        .importance = Importance::high});
  }
  if (run.request.fill_policy == FillPolicy::same_close) {
    warnings.push_back({.message =
                            "optimistic: same_close trades at the close that the decision was made from, which no "
                            "order could reach",
                        .importance = Importance::high});
  }
  add_constraint_warnings(run, warnings);
  add_sizer_warnings(run, warnings);
  if (run.result.optimizer_skips > 0) {
    warnings.push_back({.message = fmt::format("the optimiser skipped {} rebalances: too few complete returns, or no "
                                               "solution",
                                               run.result.optimizer_skips)});
  }
  for (const ThinSelection& selection : run.result.thin_selections) {
    if (selection.thin == 0 || selection.thin * 10 < selection.rebalances) continue;
    warnings.push_back({.message = fmt::format(
                            "the long_short_topn selection{} found fewer than half of the names that it wants on a "
                            "side on {} of {} rebalances; with sides: by_sign a single short may get the whole short "
                            "budget, sides: by_rank takes the lowest scores whatever their sign",
                            run.of_leg(selection.leg), selection.thin, selection.rebalances)});
  }
  add_nothing_traded(run, warnings);
  add_unfilled_orders(run, warnings);
  for (const std::string& remark : run.summary.remarks) warnings.push_back({.message = remark});
  for (const std::string& undefined : run.summary.warnings) {
    warnings.push_back({.message = undefined, .importance = Importance::low});
  }
  return by_importance(std::move(warnings));
}

json::object summary_numbers(const RunView& run) {
  json::object out;
  add_metrics(run.summary, out);
  add_statistics(run.summary.statistics, out);
  out["rules_version"] = rules_version;
  out["bars"] = run.result.bars.size();
  out["reject_count"] = run.summary.reject_count;
  out["rejects"] = reject_counts(run.result);
  out["constraint_hits"] = run.result.hits.size();
  out["optimizer_skips"] = run.result.optimizer_skips;
  out["ruined"] = run.result.ruined;
  out["benchmark"] = benchmark_json(run.summary.benchmark);
  return out;
}

json::object summary_json(const RunView& run, const json::object& numbers, const std::vector<Diagnostic>& warnings) {
  json::object out = numbers;
  const ReportRequest& request = run.request;
  out["run_id"] = request.run_id;
  out["run_name"] = request.run_name ? json::value(json::string(*request.run_name)) : json::value(nullptr);
  out["start_date"] = to_text(request.start_date);
  out["end_date"] = to_text(request.end_date);
  out["first_bar"] = to_text(run.date_of_row(0));
  out["last_bar"] = to_text(run.date_of_row(run.result.bars.size() - 1));
  out["strategy"] = request.strategy_class;
  out["sizing"] = request.sizer_class;
  out["config_sha256"] = request.config_sha256;
  out["data_fingerprint"] = request.data_fingerprint;
  out["bars_per_year_from"] = run.summary.convention.bars_per_year_is_given ? "config" : "dates";
  out["risk_free"] = run.summary.convention.risk_free_source;
  out["fill_policy"] = word(request.fill_policy);
  out["fill_policy_optimistic"] = request.fill_policy == FillPolicy::same_close;
  json::array texts;
  for (const Diagnostic& warning : warnings) texts.emplace_back(warning.text());
  out["warnings"] = std::move(texts);
  out["warning_details"] = warnings_json(warnings);
  return out;
}

}  // namespace backtest
