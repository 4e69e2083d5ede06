#include "execute/run_warnings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>

#include "base/date.hpp"
#include "engine/model/row_kind.hpp"

namespace backtest {

namespace {

// A scoring that gives no score before it has so many closes.
struct Lookback {
  std::string scoring;
  std::size_t closes = 0;
};

struct LookbackOf {
  std::optional<Lookback> operator()(const MomentumScoring& scoring) const {
    return Lookback{"momentum", static_cast<std::size_t>(scoring.lookback) + 1};
  }
  std::optional<Lookback> operator()(const PriceBreakoutScoring& scoring) const {
    return Lookback{"price_breakout", static_cast<std::size_t>(std::max(scoring.lookback, 2)) + 1};
  }
  std::optional<Lookback> operator()(const std::shared_ptr<const RankTransformScoring>& scoring) const {
    return std::visit(*this, scoring->base);
  }
  template <typename Other>
  std::optional<Lookback> operator()(const Other&) const {
    return std::nullopt;
  }
};

void add_pipeline(const PipelinePolicy& pipeline, std::vector<Lookback>& found) {
  const std::optional<Lookback> lookback = std::visit(LookbackOf{}, pipeline.scoring);
  if (lookback) found.push_back(*lookback);
}

std::vector<Lookback> lookbacks(const StrategyPolicy& strategy) {
  std::vector<Lookback> found;
  if (const auto* pipeline = std::get_if<PipelinePolicy>(&strategy)) add_pipeline(*pipeline, found);
  if (const auto* composite = std::get_if<CompositePolicy>(&strategy)) {
    for (const LegPolicy& leg : composite->legs) {
      if (const auto* pipeline = std::get_if<PipelinePolicy>(&leg.strategy)) add_pipeline(*pipeline, found);
    }
  }
  return found;
}

}  // namespace

std::vector<Diagnostic> lookback_warnings(const Policy& policy, const Panel& prices) {
  std::vector<Diagnostic> warnings;
  std::set<std::string> told;
  for (const Lookback& lookback : lookbacks(policy.strategy)) {
    const std::size_t missing_bars = lookback.closes - std::min(lookback.closes, prices.first_bar + 1);
    if (missing_bars == 0) continue;
    const std::string when = lookback.closes <= prices.bar_count()
                                 ? fmt::format("the first bar that can decide is {}, bar {} of the run",
                                               to_text(prices.dates[lookback.closes - 1]), missing_bars + 1)
                                 : "no bar of the run can decide";
    std::string message = fmt::format(
        "{} needs {} closes and {} bars come before the first one of the run: {}; data.warmup_bars: {} loads enough, "
        "where the data has them",
        lookback.scoring, lookback.closes, prices.first_bar, when, lookback.closes - 1);
    if (told.insert(message).second) warnings.push_back({.path = "data.warmup_bars", .message = std::move(message)});
  }
  return warnings;
}

std::vector<Diagnostic> period_warnings(Date start, Date end, const Panel& prices) {
  std::int32_t usual_days = 7;
  for (std::size_t bar = prices.first_bar + 1; bar < prices.bar_count(); ++bar) {
    usual_days = std::max(usual_days, prices.dates[bar].days - prices.dates[bar - 1].days);
  }
  const Date first = prices.dates[prices.first_bar];
  const Date last = prices.dates.back();
  std::vector<Diagnostic> warnings;
  const auto warn = [&](const char* key, const char* which, Date found, Date wanted, std::int32_t days) {
    if (days <= usual_days) return;
    warnings.push_back(
        {.path = key,
         .message = fmt::format("{} bar is of {}, {} days from {}: {} to {} was simulated, and results "
                                "are of that period",
                                which, to_text(found), days, to_text(wanted), to_text(first), to_text(last))});
  };
  warn("start_date", "the first", first, start, first.days - start.days);
  warn("end_date", "the last", last, end, end.days - last.days);
  return warnings;
}

std::vector<Diagnostic> delisting_warnings(const SimulationResult& simulation, const Panel& prices) {
  constexpr std::size_t told_at_most = 20;
  std::vector<Diagnostic> warnings;
  std::set<InstrumentIndex> told;
  for (const Fill& fill : simulation.fills) {
    if (fill.reason != FillReason::delisted || told.contains(fill.instrument)) continue;
    std::size_t bar = fill.bar;
    while (bar < prices.bar_count() && prices.has_row[prices.cell(bar, fill.instrument)] != row_with_price) {
      ++bar;
    };
    if (bar == prices.bar_count()) continue;
    told.insert(fill.instrument);
    if (told.size() > told_at_most) continue;
    warnings.push_back({.path = "data.delist_after_bars",
                        .message = fmt::format("{} was closed as delisted on {} but has rows again from {}: a larger "
                                               "number (0: never) holds it over the gap",
                                               prices.instruments[fill.instrument], to_text(prices.dates[fill.bar]),
                                               to_text(prices.dates[bar])),
                        .importance = Importance::high});
  }
  if (told.size() > told_at_most) {
    warnings.push_back({.path = "data.delist_after_bars",
                        .message = fmt::format("and {} more like these", told.size() - told_at_most),
                        .importance = Importance::high});
  }
  return warnings;
}

}  // namespace backtest
