#include "engine/model/columns.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "base/ascii_text.hpp"

namespace backtest {
namespace {

using Names = std::set<std::string>;

void add_price_column(std::string_view name, Names& names) {
  constexpr std::array<std::string_view, 7> fields = {"open", "high", "low", "close", "volume", "date", "symbol"};
  std::string lower = lower_case(name);
  if (std::find(fields.begin(), fields.end(), lower) == fields.end()) names.insert(std::move(lower));
}

struct PriceColumns {
  Names& names;
  void operator()(const MinPriceFilter& f) const { add_price_column(f.column, names); }
  void operator()(const MinDollarVolumeFilter& f) const {
    add_price_column(f.price_column, names);
    add_price_column(f.volume_column, names);
  }
  void operator()(const MinAdvFilter& f) const { add_price_column(f.volume_column, names); }
  void operator()(const MaxVolatilityFilter& f) const { add_price_column(f.returns_column, names); }
  void operator()(const PriceBreakoutScoring& s) const { add_price_column(s.price_column, names); }
  void operator()(const std::shared_ptr<const RankTransformScoring>& s) const { std::visit(*this, s->base); }
  void operator()(const TrailingMaExit& e) const { add_price_column(e.price_column, names); }
  template <typename Other>
  void operator()(const Other&) const {}
};

struct SignalColumns {
  Names& names;
  void operator()(const RequireSignalColumnsFilter& f) const { names.insert(f.columns.begin(), f.columns.end()); }
  void operator()(const TableSignals& p) const { names.insert(p.columns.begin(), p.columns.end()); }
  void operator()(const HybridSignals& p) const { names.insert(p.columns.begin(), p.columns.end()); }
  void operator()(const ColumnScoring& s) const { names.insert(s.column); }
  void operator()(const WeightedSumScoring& s) const {
    for (const WeightedTerm& term : s.terms) names.insert(term.column);
  }
  void operator()(const MaxOfScoring& s) const {
    for (const SubScore& sub : s.scores) names.insert(sub.column);
  }
  void operator()(const std::shared_ptr<const RankTransformScoring>& s) const { std::visit(*this, s->base); }
  void operator()(const EpisodicPivotScoring& s) const { names.insert({s.gap_column, s.volume_ratio_column}); }
  void operator()(const BreakoutClassScoring& s) const {
    names.insert(s.breakout_column);
    if (s.breakdown_column) names.insert(*s.breakdown_column);
  }
  void operator()(const EpisodicPivotClassScoring& s) const {
    names.insert(s.column);
    if (!s.allow_raw_fields) return;
    names.insert({"gap_pct", "gap", "gapPercent", "gap_percent", "vol_ratio", "volume_ratio", "volRatio",
                  "earnings_surprise", "rev_yoy", "eps_yoy"});
  }
  template <typename Other>
  void operator()(const Other&) const {}
};

template <typename Visitor>
void visit_pipeline(const PipelinePolicy& pipeline, const Visitor& visitor) {
  for (const UniverseFilter& filter : pipeline.universe.filters) std::visit(visitor, filter);
  std::visit(visitor, pipeline.signals);
  // What a computed provider gives comes from prices, whatever its name.
  const bool computed = std::holds_alternative<ComputedSignals>(pipeline.signals);
  if (!computed || std::is_same_v<Visitor, PriceColumns>) std::visit(visitor, pipeline.scoring);
  for (const ExitRule& rule : pipeline.exits.rules) std::visit(visitor, rule);
}

template <typename Visitor>
std::vector<std::string> collect(const Policy& policy) {
  Names names;
  const Visitor visitor{.names = names};
  if (const auto* pipeline = std::get_if<PipelinePolicy>(&policy.strategy)) visit_pipeline(*pipeline, visitor);
  if (const auto* composite = std::get_if<CompositePolicy>(&policy.strategy)) {
    for (const LegPolicy& leg : composite->legs) {
      if (const auto* pipeline = std::get_if<PipelinePolicy>(&leg.strategy)) visit_pipeline(*pipeline, visitor);
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace

std::vector<std::string> extra_price_columns_read(const Policy& policy) {
  return collect<PriceColumns>(policy);
}
std::vector<std::string> signal_columns_read(const Policy& policy) {
  return collect<SignalColumns>(policy);
}

}  // namespace backtest
