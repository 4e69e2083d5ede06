#include "spec/limit_checks.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "spec/fixed_weight_checks.hpp"
#include "spec/sized_pipelines.hpp"
#include "spec/sizer_room_checks.hpp"

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
    Shorts operator()(const ThresholdSelection& s) const { return s.allow_short ? Shorts::some : Shorts::none; }
    Shorts operator()(const QuantilesSelection& s) const {
      return s.allow_short && s.short_q > 0.0 ? Shorts::some : Shorts::none;
    }
    Shorts operator()(const SignedSelection&) const { return Shorts::none; }  // where no score is negative
  } kind;
  return std::visit(kind, pipeline.selection);
}

// Empty where the sizer can hold shorts.
std::string_view long_only_name(const SizerPolicy& sizer) {
  if (std::holds_alternative<EqualWeightSizerPolicy>(sizer)) return "EqualWeightSizer";
  return std::holds_alternative<OptimizationSizerPolicy>(sizer) ? "OptimizationSizer" : "";
}

struct Chooser {  // a pipeline with its sizer, and where its selection was written
  const PipelinePolicy& pipeline;
  const SizerPolicy& sizer;
  const Node* node;
  std::string path;
};

// No sizer but these two gives a short no weight at all.
void check_sizer_of_shorts(Fields& fields, const Chooser& chooser, Shorts shorts) {
  const std::string_view sizer = long_only_name(chooser.sizer);
  if (sizer.empty()) return;
  fields.warn_at(chooser.node, chooser.path,
                 {.message = fmt::format("selects shorts{}, but {} holds none: they are left out",
                                         shorts == Shorts::only ? " alone" : " too", sizer),
                  .importance = Importance::high,
                  .remedy = "size them with LongShortScoreSizer, or select longs alone"});
}

void check_shorts(Fields& fields, const Chooser& chooser, bool allow_short) {
  const Shorts shorts = shorts_of(chooser.pipeline);
  if (shorts == Shorts::none) return;
  if (allow_short) return check_sizer_of_shorts(fields, chooser, shorts);
  if (shorts == Shorts::only) {
    fields.error_at(chooser.node, chooser.path,
                    "selects shorts alone, but constraints.allow_short is false; set it to true");
    return;
  }
  if (node_at(fields, "constraints", {"allow_short"}) != fields.peek("constraints")) return;  // it was written
  const std::string_view sizer = long_only_name(chooser.sizer);
  const std::string also = sizer.empty() ? "" : fmt::format(" and, as {} holds none, another sizer", sizer);
  fields.warn_at(
      chooser.node, chooser.path,
      {.message = "selects shorts too, but constraints.allow_short is false (the default): they are not held",
       .importance = Importance::high,
       .remedy = "set constraints.allow_short: true" + also + ", or false to say that you mean it"});
}

void check_short_sides(Fields& fields, const Spec& spec) {
  const Node* selection = node_at(fields, "strategy", {"selection"});
  const Node* legs = node_at(fields, "strategy", {"legs"});
  for (const SizedPipeline& sized : sized_pipelines(spec.policy)) {
    const bool is_listed = sized.leg && legs != nullptr && *sized.leg < legs->items.size();
    const Node* node = !sized.leg ? selection : is_listed ? &legs->items[*sized.leg] : legs;
    const bool has_selection = !sized.leg && selection != fields.peek("strategy");
    check_shorts(fields, {sized.pipeline, sized.sizer, node, sized.path + (has_selection ? ".selection" : "")},
                 spec.policy.constraints.allow_short);
  }
}

}  // namespace

void check_limits(Fields& fields, const Spec& spec) {
  if (fields.describing()) return;
  check_fixed_weights(fields, spec);
  check_short_sides(fields, spec);
  check_sizer_room(fields, spec);
}

}  // namespace backtest
