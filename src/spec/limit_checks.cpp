#include "spec/limit_checks.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "spec/fixed_weight_checks.hpp"

namespace backtest {

namespace {

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
