#include "spec/limit_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
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

// The deepest node on the way to a key that was written; null where its section was not.
const Node* node_at(const Fields& fields, std::string_view section, std::initializer_list<std::string_view> keys) {
  const Node* node = fields.peek(section);
  for (const std::string_view key : keys) {
    const Member* member = node != nullptr ? node->find(key) : nullptr;
    if (member == nullptr) break;
    node = &member->value;
  }
  return node;
}

// "; weights are fractions of NAV: 0.6, not 60" where percent was meant.
std::string fraction_hint(const FixedWeightSizerPolicy& sizer, double sum) {
  const bool is_percent = std::abs(sum - 100.0) <= 1.0 && sizer.weights.size() > 1;
  const double largest = std::ranges::max(sizer.weights, {}, [](const auto& w) { return std::abs(w.second); }).second;
  if (!is_percent && std::abs(largest) < 2.0) return "";
  return fmt::format("; weights are fractions of NAV: {:g}, not {:g}", largest / 100.0, largest);
}

void check_fixed_weights(Fields& fields, const Spec& spec) {
  const auto* sizer = std::get_if<FixedWeightSizerPolicy>(&spec.policy.sizer);
  if (sizer == nullptr || sizer->weights.empty() || !std::holds_alternative<PipelinePolicy>(spec.policy.strategy))
    return;
  const ConstraintPolicy& limits = spec.policy.constraints;
  const std::string path = "sizing.parameters.weights";
  double sum = 0.0;
  for (const auto& [symbol, weight] : sizer->weights) sum += std::abs(weight);
  const std::string hint = fraction_hint(*sizer, sum);
  for (const auto& [symbol, weight] : sizer->weights) {
    const Node* node = node_at(fields, "sizing", {"parameters", "weights", symbol});
    if (exceeds(std::abs(weight), limits.max_position_size)) {
      fields.error_at(node, path,
                      fmt::format("{} of {} is above constraints.max_position_size {:g}{}", number_text(weight),
                                  shortened(symbol), limits.max_position_size, hint));
    }
    if (weight < 0.0 && !limits.allow_short) {
      fields.warn_at(node, path,
                     {.message = fmt::format("{} of {} is short, but constraints.allow_short is false: it is not held",
                                             number_text(weight), shortened(symbol)),
                      .importance = Importance::high,
                      .remedy = "set constraints.allow_short: true"});
    }
  }
  if (exceeds(sum, limits.max_leverage)) {
    fields.error_at(
        node_at(fields, "sizing", {"parameters", "weights"}), path,
        fmt::format("magnitudes sum to {:.6g}, above constraints.max_leverage {:g}{}", sum, limits.max_leverage, hint));
  }
}

// Whether a selection can do nothing but short, or picks shorts among others.
enum class Shorts { none, some, only };

Shorts shorts_of(const PipelinePolicy& pipeline) {
  struct {
    Shorts operator()(const TopNSelection& s) const { return s.long_side ? Shorts::none : Shorts::only; }
    Shorts operator()(const LongShortTopNSelection& s) const {
      if (!s.allow_short || s.short_n == 0) return Shorts::none;
      return s.long_n == 0 ? Shorts::only : Shorts::some;
    }
    Shorts operator()(const ThresholdSelection&) const { return Shorts::none; }  // its bound may be out of reach
    Shorts operator()(const QuantilesSelection& s) const {
      return s.allow_short && s.short_q > 0.0 ? Shorts::some : Shorts::none;
    }
    Shorts operator()(const SignedSelection&) const { return Shorts::none; }  // where no score is negative
  } kind;
  return std::visit(kind, pipeline.selection);
}

void check_shorts(Fields& fields, const PipelinePolicy& pipeline, const Node* node, const std::string& path) {
  const Shorts shorts = shorts_of(pipeline);
  if (shorts == Shorts::only) {
    fields.error_at(node, path, "selects shorts alone, but constraints.allow_short is false; set it to true");
  } else if (shorts == Shorts::some && node_at(fields, "constraints", {"allow_short"}) == fields.peek("constraints")) {
    fields.warn_at(
        node, path,
        {.message = "selects shorts too, but constraints.allow_short is false (the default): they are not held",
         .importance = Importance::high,
         .remedy = "set constraints.allow_short: true, or false to say that you mean it"});
  }
}

void check_short_sides(Fields& fields, const Spec& spec) {
  if (spec.policy.constraints.allow_short) return;
  if (const auto* pipeline = std::get_if<PipelinePolicy>(&spec.policy.strategy)) {
    const Node* node = node_at(fields, "strategy", {"selection"});
    check_shorts(fields, *pipeline, node, node == fields.peek("strategy") ? "strategy" : "strategy.selection");
  }
  const auto* composite = std::get_if<CompositePolicy>(&spec.policy.strategy);
  if (composite == nullptr) return;
  const Node* legs = node_at(fields, "strategy", {"legs"});
  for (std::size_t i = 0; i < composite->legs.size(); ++i) {
    const auto* pipeline = std::get_if<PipelinePolicy>(&composite->legs[i].strategy);
    if (pipeline == nullptr || !composite->legs[i].enabled) continue;
    const Node* node = legs != nullptr && i < legs->items.size() ? &legs->items[i] : legs;
    check_shorts(fields, *pipeline, node, fmt::format("strategy.legs[{}].strategy", i));
  }
}

}  // namespace

void check_limits(Fields& fields, const Spec& spec) {
  if (fields.describing()) return;
  check_fixed_weights(fields, spec);
  check_short_sides(fields, spec);
}

}  // namespace backtest
