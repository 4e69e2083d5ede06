#include "engine/signal/signal_table.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/diagnostic.hpp"
#include "engine/market/signal_column.hpp"

namespace backtest {
namespace {

constexpr int computed_lookback = 20;

[[noreturn]] void refuse(std::string_view name, const std::string& message) {
  Diagnostic diagnostic;
  diagnostic.column = std::string(name);
  diagnostic.message = message;
  throw InvalidInput(diagnostic);
}

const std::vector<std::string>& columns_of(const SignalProvider& provider) {
  return std::visit([](const auto& p) -> const std::vector<std::string>& { return p.columns; }, provider);
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

SignalTable::SignalTable(const SignalProvider& provider, const Panel& prices, const SignalPanel* signals)
    : provider_(provider), prices_(prices), signals_(signals) {
  rows_.reserve(prices.instrument_count());
  for (const std::string& name : columns_of(provider_)) require(name);
}

// A provider without a list of columns offers all that it has.
bool SignalTable::offers(std::string_view name) const {
  const auto& columns = columns_of(provider_);
  return columns.empty() || contains(columns, name);
}

std::optional<SignalTable::Column::Computed> SignalTable::computable(std::string_view name) const {
  if (const auto* hybrid = std::get_if<HybridSignals>(&provider_)) {
    if (!hybrid->fallback_enabled || !contains(hybrid->allowed_missing_columns, name)) return std::nullopt;
  } else if (!std::holds_alternative<ComputedSignals>(provider_)) {
    return std::nullopt;
  }
  if (name == "breakout_score") return Column::Computed::breakout;
  if (name == "breakdown_score") return Column::Computed::breakdown;
  return std::nullopt;
}

std::optional<SignalTable::Column> SignalTable::find(std::string_view name) {
  if (!offers(name)) return std::nullopt;
  Column column;
  if (signals_ != nullptr && !std::holds_alternative<ComputedSignals>(provider_)) {
    column.table_column = find_signal_column(*signals_, name);
  }
  if (const auto computed = computable(name)) {
    column.computed = *computed;
    if (!levels_)
      levels_.emplace(computed_lookback, PriceColumn::require(prices_, "close"), prices_.instrument_count());
  }
  if (column.table_column || column.computed != Column::Computed::none) return column;
  return std::nullopt;
}

SignalTable::Column SignalTable::require(std::string_view name) {
  if (const auto column = find(name)) return *column;
  const std::string quoted = "'" + std::string(name) + "'";
  if (!offers(name)) refuse(name, "the scoring reads " + quoted + ", which signals.columns does not list");
  if (std::holds_alternative<ComputedSignals>(provider_)) {
    refuse(name, "cannot compute " + quoted + " from prices; it can be breakout_score or breakdown_score");
  }
  if (std::holds_alternative<HybridSignals>(provider_)) {
    refuse(name, "the signal table has no column " + quoted +
                     ", and only breakout_score and breakdown_score can be computed in its place, where "
                     "signals.fallback.allowed_missing_columns lists them");
  }
  if (signals_ == nullptr) return Column{};  // without a signal table there are no rows to read
  require_signal_column(*signals_, name);
  return Column{};
}

void SignalTable::read(const MarketView& market, const std::vector<InstrumentIndex>& eligible) {
  rows_.clear();
  if (levels_) levels_->advance(market);
  if (std::holds_alternative<ComputedSignals>(provider_)) {
    rows_ = eligible;
    return;
  }
  table_has_rows_ = false;
  if (market.has_signals()) {
    for (InstrumentIndex i = 0; i < market.instrument_count() && !table_has_rows_; ++i) {
      table_has_rows_ = market.has_signal_row(i);
    }
  }
  if (!table_has_rows_) {
    if (std::holds_alternative<HybridSignals>(provider_)) rows_ = eligible;
    return;
  }
  for (const InstrumentIndex i : eligible) {
    if (market.has_signal_row(i)) rows_.push_back(i);
  }
}

double SignalTable::value(const MarketView& market, const Column& column, InstrumentIndex i) const {
  if (column.table_column && table_has_rows_) return market.signal(*column.table_column, i);
  switch (column.computed) {
    case Column::Computed::none:
      return missing;
    case Column::Computed::breakout:
      return levels_->above(i, true);
    case Column::Computed::breakdown:
      return levels_->below(i, true);
  }
  return missing;
}

}  // namespace backtest
