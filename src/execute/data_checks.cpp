#include "execute/data_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/number_text.hpp"

namespace backtest {

namespace {

constexpr double weight_tolerance = 1e-9;

bool exceeds(double weight, double limit) {
  return weight > limit * (1.0 + weight_tolerance);
}

// Every sizer that decides, with the path under which it was configured.
std::vector<std::pair<std::string, const SizerPolicy*>> sizers_of(const Policy& policy) {
  if (std::holds_alternative<PipelinePolicy>(policy.strategy)) return {{"sizing", &policy.sizer}};
  std::vector<std::pair<std::string, const SizerPolicy*>> sizers;
  if (const auto* composite = std::get_if<CompositePolicy>(&policy.strategy)) {
    for (std::size_t i = 0; i < composite->legs.size(); ++i) {
      if (!composite->legs[i].enabled || !std::holds_alternative<PipelinePolicy>(composite->legs[i].strategy)) continue;
      sizers.emplace_back(fmt::format("strategy.legs[{}].sizing", i), &composite->legs[i].sizer);
    }
  }
  return sizers;
}

// What rows of a table miss one limit by.
class Misses {
 public:
  Misses(const Panel& prices, std::string message, std::string remedy)
      : prices_(prices), message_(std::move(message)), remedy_(std::move(remedy)) {}

  // `symbol` empty: of all of a date.
  void add(std::size_t bar, const std::string& symbol, double weight) {
    if (count_++ > 0) return;
    first_ = to_text(prices_.dates[bar]) + (symbol.empty() ? "" : " " + symbol) + ": " + number_text(weight);
  }
  void tell(const std::string& file, std::vector<Diagnostic>& warnings) const {
    if (count_ == 0) return;
    warnings.push_back({.file = file,
                        .message = message_,
                        .importance = Importance::high,
                        .count = count_,
                        .first = first_,
                        .remedy = remedy_});
  }

 private:
  const Panel& prices_;
  std::string message_, remedy_, first_;
  std::size_t count_ = 0;
};

}  // namespace

void check_symbols(const Spec& spec, const Panel& prices) {
  if (!spec.all_symbols) return;  // judged with the config
  std::vector<Diagnostic> errors;
  const std::vector<std::string_view> known(prices.instruments.begin(), prices.instruments.end());
  for (const auto& [path, sizer] : sizers_of(spec.policy)) {
    const auto* fixed = std::get_if<FixedWeightSizerPolicy>(sizer);
    if (fixed == nullptr) continue;
    for (const auto& [symbol, weight] : fixed->weights) {
      if (std::ranges::binary_search(known, symbol)) continue;
      const std::string_view near = nearest_word(symbol, known);
      errors.push_back({.path = path + ".parameters.weights",
                        .message = fmt::format("'{}' has no row in the price table{}", symbol,
                                               near.empty() ? "" : fmt::format("; did you mean '{}'?", near))});
    }
  }
  if (!errors.empty()) throw InvalidInput(std::move(errors));
}

std::vector<Diagnostic> target_limit_warnings(const Spec& spec, const MarketData& market) {
  const auto* strategy = std::get_if<TargetWeightsPolicy>(&spec.policy.strategy);
  if (strategy == nullptr) return {};
  const ConstraintPolicy& limits = spec.policy.constraints;
  const Panel& prices = market.prices;
  const char* fractions = "weights are fractions of NAV: 0.6, not 60";
  Misses large(prices,
               fmt::format("a target weight is above constraints.max_position_size {:g} and will be cut",
                           limits.max_position_size),
               fractions);
  Misses sums(prices,
              fmt::format("the target weights of a date sum to more than constraints.max_leverage {:g} and will be "
                          "scaled down",
                          limits.max_leverage),
              std::string("raise constraints.max_leverage where leverage is meant; ") + fractions);
  Misses shorts(prices, "a target weight is short, but constraints.allow_short is false: it will be 0",
                "set constraints.allow_short: true");
  for (const TargetTable::BarTargets& row : market.targets[strategy->table].decisions) {
    double sum = 0.0;
    for (const InstrumentWeight& target : row.weights) {
      const double magnitude = std::abs(target.weight);
      sum += magnitude;
      const std::string& symbol = prices.instruments[target.instrument];
      if (target.weight < 0.0 && !limits.allow_short) {
        shorts.add(row.bar, symbol, target.weight);
      } else if (exceeds(magnitude, limits.max_position_size)) {
        large.add(row.bar, symbol, target.weight);
      }
    }
    if (exceeds(sum, limits.max_leverage)) sums.add(row.bar, "", sum);
  }
  std::vector<Diagnostic> warnings;
  const std::string& file = spec.target_paths[strategy->table];
  large.tell(file, warnings);
  sums.tell(file, warnings);
  shorts.tell(file, warnings);
  return warnings;
}

}  // namespace backtest
