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

// A table of target weights, and the share of the book that its weights divide.
struct LimitedTable {
  std::size_t table = 0;
  double share = 1.0;
  bool is_leg = false;
};

// Weights that a normalisation scales are not those that the limits see; constraints tell what they change.
std::vector<LimitedTable> limited_tables(const Policy& policy) {
  if (const auto* alone = std::get_if<TargetWeightsPolicy>(&policy.strategy)) return {{.table = alone->table}};
  const auto* composite = std::get_if<CompositePolicy>(&policy.strategy);
  if (composite == nullptr || composite->normalize_final != WeightNormalization::none) return {};
  double enabled_weight = 0.0;
  for (const LegPolicy& leg : composite->legs) enabled_weight += leg.enabled ? leg.weight : 0.0;
  std::vector<LimitedTable> tables;
  for (const LegPolicy& leg : composite->legs) {
    const auto* targets = std::get_if<TargetWeightsPolicy>(&leg.strategy);
    if (targets == nullptr || !leg.enabled || leg.normalize != WeightNormalization::none) continue;
    tables.push_back({.table = targets->table, .share = leg.weight / enabled_weight, .is_leg = true});
  }
  return tables;
}

void add_table_warnings(const Spec& spec, const MarketData& market, const LimitedTable& limited,
                        std::vector<Diagnostic>& warnings) {
  const ConstraintPolicy& limits = spec.policy.constraints;
  const Panel& prices = market.prices;
  const char* fractions = "weights are fractions of NAV: 0.6, not 60";
  const std::string share = limited.is_leg ? fmt::format(" times the leg's share {:.4g}", limited.share) : "";
  Misses large(prices,
               fmt::format("a target weight{} is above constraints.max_position_size {:g} and will be cut", share,
                           limits.max_position_size),
               fractions);
  Misses sums(prices,
              fmt::format("the target weights of a date{} sum to more than constraints.max_leverage {:g} and will be "
                          "scaled down",
                          share, limits.max_leverage),
              std::string("raise constraints.max_leverage where leverage is meant; ") + fractions);
  // A short of one leg may still reduce what another holds.
  Misses shorts(prices,
                std::string("a target weight is short, but constraints.allow_short is false: it ") +
                    (limited.is_leg ? "can only reduce what other legs hold" : "will be 0"),
                "set constraints.allow_short: true");
  for (const TargetTable::BarTargets& row : market.targets[limited.table].decisions) {
    double sum = 0.0;
    for (const InstrumentWeight& target : row.weights) {
      const double magnitude = std::abs(target.weight);
      sum += magnitude;
      const std::string& symbol = prices.instruments[target.instrument];
      if (target.weight < 0.0 && !limits.allow_short) {
        shorts.add(row.bar, symbol, target.weight);
      } else if (exceeds(magnitude * limited.share, limits.max_position_size)) {
        large.add(row.bar, symbol, target.weight);
      }
    }
    if (exceeds(sum * limited.share, limits.max_leverage)) sums.add(row.bar, "", sum);
  }
  const std::string& file = spec.target_paths[limited.table];
  large.tell(file, warnings);
  sums.tell(file, warnings);
  shorts.tell(file, warnings);
}

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
  std::vector<Diagnostic> warnings;
  for (const LimitedTable& limited : limited_tables(spec.policy)) {
    add_table_warnings(spec, market, limited, warnings);
  }
  return warnings;
}

}  // namespace backtest
