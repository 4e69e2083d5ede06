#include "data/borrowed_market.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>
#include <string>
#include <utility>

#include "data/fingerprint.hpp"

namespace backtest {

namespace {

class MarketCheck {
 public:
  explicit MarketCheck(const MarketData& market)
      : market_(market), prices_(market.prices), cells_(prices_.bar_count() * prices_.instrument_count()) {}

  std::vector<Diagnostic> problems() {
    check_shape();
    check_fields();
    check_tables();
    return std::move(problems_);
  }

 private:
  void add(const std::string& where, const std::string& message) {
    problems_.push_back({.path = where, .message = message});
  }

  void check_shape() {
    const auto rises = [](const auto& values) {
      return std::ranges::adjacent_find(values, std::ranges::greater_equal()) == values.end();
    };
    if (prices_.dates.empty() || !rises(prices_.dates)) add("dates", "must ascend, and there must be one");
    if (prices_.instruments.empty() || !rises(prices_.instruments)) add("instruments", "must ascend and be distinct");
    if (prices_.first_bar >= prices_.bar_count()) add("first_bar", "must be a bar");
    if (prices_.close.empty()) add("close", "is the one field that no panel lacks");
    if (prices_.has_row.size() != cells_) add("has_row", sizes(prices_.has_row.size()));
    if (prices_.extra_columns.size() != prices_.extra_values.size()) add("extra_values", "must be one for each column");
  }

  std::string sizes(std::size_t size) const {
    return "has " + std::to_string(size) + " values where bars x instruments are " + std::to_string(cells_);
  }

  template <typename Allowed>
  void check(const std::string& name, std::span<const double> values, const char* allowed, Allowed is_allowed) {
    if (values.empty()) return;
    if (values.size() != cells_) return add(name, sizes(values.size()));
    const auto wrong =
        std::ranges::find_if(values, [&](double value) { return !std::isnan(value) && !is_allowed(value); });
    if (wrong == values.end()) return;
    const auto cell = static_cast<std::size_t>(wrong - values.begin());
    add(name, "of " + prices_.instruments[cell % prices_.instrument_count()] + " on " +
                  to_text(prices_.dates[cell / prices_.instrument_count()]) + " must be " + allowed);
  }

  void check_fields() {
    const auto positive = [](double value) { return value > 0.0 && std::isfinite(value); };
    check("open", prices_.open, "finite and above 0", positive);
    check("high", prices_.high, "finite and above 0", positive);
    check("low", prices_.low, "finite and above 0", positive);
    check("close", prices_.close, "finite and above 0", positive);
    check("volume", prices_.volume, "finite and not below 0", [](double v) { return v >= 0.0 && std::isfinite(v); });
    check("split", prices_.split, "finite and above 0", positive);
    check("dividend", prices_.dividend, "finite", [](double value) { return std::isfinite(value); });
    for (std::size_t i = 0; i < std::min(prices_.extra_columns.size(), prices_.extra_values.size()); ++i) {
      check(prices_.extra_columns[i], prices_.extra_values[i], "a number", [](double) { return true; });
    }
  }

  void check_tables() {
    if (!market_.benchmark_close.empty() && market_.benchmark_close.size() != prices_.bar_count()) {
      add("benchmark_close", "must be one close a bar");
    }
    for (const TargetTable& table : market_.targets) check_targets(table);
    if (!market_.signals) return;
    if (market_.signals->has_row.size() != cells_) add("signals", sizes(market_.signals->has_row.size()));
    if (market_.signals->columns.size() != market_.signals->values.size())
      add("signals", "must be one for each column");
    for (const auto values : market_.signals->values) check("signals", values, "a number", [](double) { return true; });
  }

  void check_targets(const TargetTable& table) {
    const auto is_row_before = [&](const InstrumentWeight& a, const InstrumentWeight& b) {
      return a.instrument < b.instrument;
    };
    std::size_t next_bar = 0;
    for (const TargetTable::BarTargets& decision : table.decisions) {
      const auto is_wrong = [&](const InstrumentWeight& row) {
        return row.instrument >= prices_.instrument_count() || !std::isfinite(row.weight);
      };
      if (decision.bar < next_bar || decision.bar >= prices_.bar_count()) return add("targets", "bars must ascend");
      if (std::ranges::any_of(decision.weights, is_wrong) || !std::ranges::is_sorted(decision.weights, is_row_before)) {
        return add("targets",
                   "of " + to_text(prices_.dates[decision.bar]) + " must be finite weights, ascending by instrument");
      }
      next_bar = decision.bar + 1;
    }
  }

  const MarketData& market_;
  const Panel& prices_;
  std::size_t cells_;
  std::vector<Diagnostic> problems_;
};

}  // namespace

LoadedData borrow_market(MarketData market) {
  if (auto problems = MarketCheck(market).problems(); !problems.empty()) throw InvalidInput(std::move(problems));
  LoadedData data;
  data.fingerprint = fingerprint(market);
  data.market = std::move(market);
  return data;
}

}  // namespace backtest
