#include "spec/fixed_weight_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "base/number_text.hpp"
#include "spec/node_words.hpp"

namespace backtest {

namespace {

// Weights that are typed in decimals sum to their limit but for the last bits.
constexpr double weight_tolerance = 1e-9;

bool exceeds(double weight, double limit) {
  return weight > limit * (1.0 + weight_tolerance);
}

// The deepest node on the way to a key that was written; null where the way begins nowhere.
const Node* deepest(const Node* node, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    const Member* member = node != nullptr ? node->find(key) : nullptr;
    if (member == nullptr) break;
    node = &member->value;
  }
  return node;
}

// The member at the end of the way; null where it is not there.
const Member* deepest_member(const Node* node, std::initializer_list<std::string_view> keys) {
  const Member* member = nullptr;
  for (const std::string_view key : keys) {
    member = node != nullptr ? node->find(key) : nullptr;
    node = member != nullptr ? &member->value : nullptr;
  }
  return member;
}

// One sizer's weights and what they are worth in the book.
struct FixedWeights {
  const FixedWeightSizerPolicy& sizer;
  const Node* sizing;  // where it was written
  std::string path;    // of that place
  double share = 1.0;  // of the book that the sizer divides
  bool is_leg = false;
  bool is_scaled = false;  // a normalisation follows, so that sums and single weights are not what is held

  const Node* node(std::string_view symbol) const { return deepest(sizing, {"parameters", "weights", symbol}); }
  std::string share_text() const { return is_leg ? fmt::format(" times the leg's share {:.4g}", share) : ""; }
};

// "; weights are fractions of NAV: 0.6, not 60" where percent was meant.
std::string fraction_hint(const FixedWeightSizerPolicy& sizer, double sum) {
  const bool is_percent = std::abs(sum - 100.0) <= 1.0 && sizer.weights.size() > 1;
  const double largest = std::ranges::max(sizer.weights, {}, [](const auto& w) { return std::abs(w.second); }).second;
  if (!is_percent && std::abs(largest) < 2.0) return "";
  return fmt::format("; weights are fractions of NAV: {:g}, not {:g}", largest / 100.0, largest);
}

void warn_of_short(Fields& fields, const FixedWeights& weights, const std::string& symbol, double weight) {
  // A short of one leg may still reduce what another holds.
  const char* outcome = weights.is_leg ? "it can only reduce what other legs hold" : "it is not held";
  fields.warn_at(weights.node(symbol), weights.path,
                 {.message = fmt::format("{} of {} is short, but constraints.allow_short is false: {}",
                                         number_text(weight), shortened(symbol), outcome),
                  .importance = Importance::high,
                  .remedy = "set constraints.allow_short: true"});
}

void check(Fields& fields, const ConstraintPolicy& limits, const FixedWeights& weights) {
  if (weights.sizer.weights.empty()) return;
  double sum = 0.0;
  for (const auto& [symbol, weight] : weights.sizer.weights) sum += std::abs(weight);
  const std::string hint = fraction_hint(weights.sizer, sum);
  for (const auto& [symbol, weight] : weights.sizer.weights) {
    if (!weights.is_scaled && exceeds(std::abs(weight) * weights.share, limits.max_position_size)) {
      fields.error_at(weights.node(symbol), weights.path,
                      fmt::format("{} of {}{} is above constraints.max_position_size {:g}{}", number_text(weight),
                                  shortened(symbol), weights.share_text(), limits.max_position_size, hint));
    }
    if (weight < 0.0 && !limits.allow_short) warn_of_short(fields, weights, symbol, weight);
  }
  if (!weights.is_scaled && exceeds(sum * weights.share, limits.max_leverage)) {
    fields.error_at(deepest(weights.sizing, {"parameters", "weights"}), weights.path,
                    fmt::format("magnitudes sum to {:.6g}{}, above constraints.max_leverage {:g}{}", sum,
                                weights.share_text(), limits.max_leverage, hint));
  }
}

void check_legs(Fields& fields, const CompositePolicy& composite, const ConstraintPolicy& limits) {
  // A composite is written as a type with its keys, or as a class with parameters.
  const Node* strategy = fields.peek("strategy");
  const Member* legs = strategy != nullptr ? strategy->find("legs") : nullptr;
  const std::string legs_path = legs != nullptr ? "strategy.legs" : "strategy.parameters.legs";
  if (legs == nullptr) legs = deepest_member(strategy, {"parameters", "legs"});
  double enabled_weight = 0.0;
  for (const LegPolicy& leg : composite.legs) enabled_weight += leg.enabled ? leg.weight : 0.0;
  for (std::size_t i = 0; i < composite.legs.size(); ++i) {
    const LegPolicy& leg = composite.legs[i];
    const auto* sizer = std::get_if<FixedWeightSizerPolicy>(&leg.sizer);
    if (sizer == nullptr || !leg.enabled || !std::holds_alternative<PipelinePolicy>(leg.strategy)) continue;
    const Node* written = legs != nullptr && i < legs->value.items.size() ? &legs->value.items[i] : nullptr;
    const Member* own = written != nullptr ? written->find("sizing") : nullptr;
    if (own == nullptr && written != nullptr) own = written->find("sizer");
    check(fields, limits,
          {.sizer = *sizer,
           .sizing = own != nullptr ? &own->value : fields.peek("sizing"),
           .path = own != nullptr ? fmt::format("{}[{}].{}.parameters.weights", legs_path, i, own->key)
                                  : std::string("sizing.parameters.weights"),
           .share = leg.weight / enabled_weight,
           .is_leg = true,
           .is_scaled =
               leg.normalize != WeightNormalization::none || composite.normalize_final != WeightNormalization::none});
  }
}

}  // namespace

void check_fixed_weights(Fields& fields, const Spec& spec) {
  const ConstraintPolicy& limits = spec.policy.constraints;
  if (const auto* composite = std::get_if<CompositePolicy>(&spec.policy.strategy)) {
    check_legs(fields, *composite, limits);
    return;
  }
  const auto* sizer = std::get_if<FixedWeightSizerPolicy>(&spec.policy.sizer);
  if (sizer == nullptr || !std::holds_alternative<PipelinePolicy>(spec.policy.strategy)) return;
  check(fields, limits, {.sizer = *sizer, .sizing = fields.peek("sizing"), .path = "sizing.parameters.weights"});
}

}  // namespace backtest
