// type: composite (CMP-1, W-32).

#include <boost/json/object.hpp>
#include <cmath>
#include <set>

#include "engine/model/tolerance.hpp"
#include "spec/sizer_fields.hpp"
#include "spec/strategy_fields.hpp"

namespace backtest {

namespace {

constexpr Choice<WeightNormalization> normalizations[] = {
    {"none", WeightNormalization::none}, {"gross", WeightNormalization::gross}, {"net", WeightNormalization::net}};

// The key that is given, of an older and a newer spelling; in the resolved config it is the newer one.
std::string_view given_key(Fields& fields, std::string_view name, std::string_view older) {
  fields.take(name);
  fields.take(older);
  if (!fields.has(older)) return name;
  if (!fields.has(name)) return older;
  fields.error(older, "stands beside '" + std::string(name) + "', which means the same; keep one");
  return name;
}

void decode_weight(Fields& fields, double& weight) {
  constexpr std::string_view description = "share of capital over the sum of enabled legs";
  if (fields.describing()) {
    SchemaNode& node = fields.record("weight", SchemaKind::number, description);
    node.range = at_least(0.0);
    node.required = true;
    node.other_names = {"alpha"};
    return;
  }
  const std::string_view key = given_key(fields, "weight", "alpha");
  Fields unwritten(fields.context(), fields.node(), fields.path(), nullptr, nullptr);
  unwritten.required_number(key, weight, at_least(0.0), description);
  fields.write("weight", weight);
}

void decode_leg_sizer(Fields& fields, SizerPolicy& sizer, const StrategyContext& context) {
  sizer = context.sizer;
  const auto decode = [&](Fields& f) { decode_sizer(f, sizer, context.universe); };
  if (fields.describing()) {
    SchemaNode& node = fields.record("sizing", SchemaKind::reference, "default: the top-level sizing");
    node.target = "sizing";
    node.other_names = {"sizer"};
    return;
  }
  const std::string_view key = given_key(fields, "sizing", "sizer");
  if (!fields.has(key)) return;
  json::object written;
  Fields apart(fields.context(), fields.node(), fields.path(), fields.resolved() != nullptr ? &written : nullptr,
               nullptr);
  apart.section(key, "", decode);
  if (const json::value* value = written.if_contains(json::string_view(key.data(), key.size()))) {
    fields.write("sizing", *value);
  }
}

void decode_leg(Fields& fields, LegPolicy& leg, std::size_t index, const StrategyContext& context) {
  leg.name = "leg" + std::to_string(index + 1);
  fields.text("name", leg.name, "default: leg1, leg2, ...; unique");
  constexpr std::size_t name_bytes_max = 200;  // it names a directory
  if (leg.name.size() > name_bytes_max) fields.error("name", "is longer than 200 bytes");
  decode_weight(fields, leg.weight);
  fields.flag("enabled", leg.enabled, "a disabled leg takes no part in the weights");
  fields.choice("normalize_leg", leg.normalize, normalizations, "of the leg's weights", true);
  fields.number("target_gross", leg.target_gross, at_least(0.0), "for normalize_leg: gross");
  fields.number("target_net", leg.target_net, {}, "for normalize_leg: net");
  if (fields.describing()) {
    SchemaNode& node = fields.record("strategy", SchemaKind::reference, "what the leg holds, and when");
    node.target = "leg_strategy";
    node.required = true;
  } else if (!fields.has("strategy")) {
    fields.error("strategy", "is required: a class strategy or type: configured");
    fields.take("strategy");
  } else {
    fields.section("strategy", "", [&](Fields& f) { decode_leg_strategy(f, leg.strategy, context); });
  }
  decode_leg_sizer(fields, leg.sizer, context);
  const bool has_sizing = fields.has("sizing") || fields.has("sizer");
  if (std::holds_alternative<TargetWeightsPolicy>(leg.strategy) && has_sizing && fields.context().warn_without_effect) {
    fields.warn(fields.has("sizing") ? "sizing" : "sizer", "has no effect: TargetWeightsStrategy brings its weights");
  }
}

void check_legs(Fields& fields, const CompositePolicy& composite) {
  std::set<std::string> names;
  double sum = 0.0;
  for (const LegPolicy& leg : composite.legs) {
    if (!names.insert(leg.name).second) {
      fields.error("legs", "two legs are named '" + shortened(leg.name) + "'; names are unique");
    }
    if (leg.enabled) sum += leg.weight;
  }
  if (!composite.legs.empty() && !(sum > epsilon)) fields.error("legs", "the weights of enabled legs sum to nothing");
  if (!std::isfinite(sum)) fields.error("legs", "the weights of enabled legs sum to more than a number can be");
}

}  // namespace

void decode_composite(Fields& fields, CompositePolicy& composite, const StrategyContext& context) {
  fields.section("blend", "how legs become one book", [&](Fields& f) {
    f.without_effect("method", "legs are always summed by their alphas");
    f.choice("normalize_final", composite.normalize_final, normalizations, "of the blend");
    f.number("target_gross", composite.target_gross, at_least(0.0), "for normalize_final: gross");
    f.number("target_net", composite.target_net, {}, "for normalize_final: net");
    f.flag("allow_overlap", composite.allow_overlap, "false: two legs in one instrument fail the run");
  });
  const std::size_t errors_before = fields.context().error_count();
  fields.section_list("legs", "strategies with capital of their own", true, [&](Fields& f, std::size_t index) {
    LegPolicy leg;
    decode_leg(f, leg, index, context);
    if (!f.describing()) composite.legs.push_back(std::move(leg));
  });
  const bool legs_are_sound = fields.context().error_count() == errors_before;
  if (!fields.describing() && legs_are_sound) check_legs(fields, composite);
}

}  // namespace backtest
