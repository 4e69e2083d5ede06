#include "spec/strategy_fields.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <cmath>
#include <set>

#include "base/ascii_text.hpp"
#include "engine/model/tolerance.hpp"
#include "spec/pipeline_fields.hpp"

namespace backtest {

namespace {

PipelineDefaults pipeline_defaults(const StrategyContext& context) {
  return {.universe_source = context.has_signals ? UniverseSource::signals : UniverseSource::prices};
}

// `parameters` overlaid with every sibling key but those that name the component; siblings win (CFG-9.2).
Node overlaid(Fields& fields) {
  Node merged;
  merged.kind = NodeKind::map;
  if (fields.node() == nullptr) return merged;
  merged.line = fields.node()->line;
  merged.column = fields.node()->column;
  static const std::set<std::string_view> own{"type", "class", "class_name", "module", "parameters"};
  const Node* parameters = fields.peek("parameters");
  if (parameters != nullptr && parameters->kind != NodeKind::map) {
    fields.error("parameters", "is not a map of keys");
    parameters = nullptr;
  }
  for (const Member& member : fields.node()->members) {
    if (own.contains(member.key)) continue;
    merged.members.push_back(member);
    fields.take(member.key);
  }
  if (parameters != nullptr) {
    for (const Member& member : parameters->members) {
      if (merged.find(member.key) == nullptr) merged.members.push_back(member);
    }
  }
  fields.take("parameters");
  return merged;
}

// The class that may stand beside `type`, or alone: ConfiguredStrategy and `configured` mean the same.
void check_class_beside_type(Fields& fields, std::string_view class_name, std::string_view type) {
  for (const char* key : {"class", "class_name"}) {
    const Node* node = fields.peek(key);
    fields.take(key);
    if (node != nullptr && node->text != class_name && node->text != type) {
      fields.error(key, "must be '" + std::string(class_name) + "' or absent with type: " + std::string(type));
    }
  }
  fields.without_effect("module", "components are built in");
}

void decode_leg_strategy(Fields& fields, LegPolicy& leg, const StrategyContext& context) {
  const Node* type = fields.peek("type");
  if (type != nullptr && trimmed(type->text) == "configured") {
    fields.take("type");
    check_class_beside_type(fields, "ConfiguredStrategy", "configured");
    const Node merged = overlaid(fields);
    PipelinePolicy pipeline;
    Fields inner(fields.context(), &merged, fields.path(), fields.resolved(), nullptr);
    decode_pipeline(inner, pipeline, pipeline_defaults(context));
    inner.finish();
    if (fields.resolved() != nullptr) (*fields.resolved())["type"] = "configured";
    leg.strategy = std::move(pipeline);
    return;
  }
  if (type != nullptr) {
    fields.error("type", "a leg is a class strategy or type: configured");
    fields.take("type");
  }
  const std::string name = decode_class_name(fields, "", class_strategy_names(), "");
  if (name.empty()) {
    fields.take("parameters");
    return;
  }
  fields.section("parameters", "of the class",
                 [&](Fields& f) { decode_class_parameters(f, name, leg.strategy, context); });
}

constexpr Choice<WeightNormalization> normalizations[] = {
    {"none", WeightNormalization::none}, {"gross", WeightNormalization::gross}, {"net", WeightNormalization::net}};

void decode_leg_weight(Fields& fields, LegPolicy& leg) {
  const char* key = !fields.has("weight") && fields.has("alpha") ? "alpha" : "weight";
  if (std::string_view(key) == "alpha") {
    double weight = 0.0;
    Fields quiet(fields.context(), fields.node(), fields.path(), nullptr, nullptr);
    quiet.required_number(key, weight, at_least(0.0), "");
    leg.weight = weight;
    if (fields.resolved() != nullptr) (*fields.resolved())["weight"] = weight;
  } else {
    fields.required_number(key, leg.weight, at_least(0.0),
                           "share of capital over the sum of enabled legs; also `alpha`");
  }
  fields.take("weight");
  fields.take("alpha");
}

void decode_leg_sizer(Fields& fields, LegPolicy& leg, const StrategyContext& context) {
  if (context.sizer != nullptr) leg.sizer = *context.sizer;
  const char* key = fields.has("sizing") ? "sizing" : "sizer";
  const auto decode = [&](Fields& f) { decode_sizer(f, leg.sizer, context.universe); };
  if (fields.describing()) {
    fields.optional_section("sizing", "also `sizer`; default: the top-level sizing", decode);
    return;
  }
  fields.take("sizing");
  fields.take("sizer");
  if (!fields.has(key)) return;
  fields.section(key, "", decode);
  if (fields.resolved() != nullptr && std::string_view(key) == "sizer") {
    (*fields.resolved())["sizing"] = (*fields.resolved())["sizer"];
    fields.resolved()->erase("sizer");
  }
}

void decode_leg(Fields& fields, LegPolicy& leg, std::size_t index, const StrategyContext& context) {
  leg.name = "leg" + std::to_string(index + 1);
  fields.text("name", leg.name, "default: leg1, leg2, ...; unique");
  leg.name = std::string(trimmed(leg.name));
  decode_leg_weight(fields, leg);
  fields.flag("enabled", leg.enabled, "a disabled leg takes no part in the weights");
  fields.choice("normalize_leg", leg.normalize, normalizations, "of the leg's weights", true);
  fields.number("target_gross", leg.target_gross, at_least(0.0), "for normalize_leg: gross");
  fields.number("target_net", leg.target_net, {}, "for normalize_leg: net");
  decode_leg_sizer(fields, leg, context);
  if (fields.describing()) return;
  if (!fields.has("strategy")) {
    fields.error("strategy", "is required: a class strategy or type: configured");
    fields.take("strategy");
    return;
  }
  fields.section("strategy", "", [&](Fields& f) { decode_leg_strategy(f, leg, context); });
}

void decode_composite(Fields& fields, CompositePolicy& composite, const StrategyContext& context) {
  fields.section("blend", "how legs become one book", [&](Fields& f) {
    f.without_effect("method", "legs are always summed by their alphas");
    f.choice("normalize_final", composite.normalize_final, normalizations, "of the blend");
    f.number("target_gross", composite.target_gross, at_least(0.0), "for normalize_final: gross");
    f.number("target_net", composite.target_net, {}, "for normalize_final: net");
    f.flag("allow_overlap", composite.allow_overlap, "false: two legs in one instrument fail the run");
  });
  fields.section_list("legs", "strategies with capital of their own", true, [&](Fields& f, std::size_t index) {
    LegPolicy leg;
    decode_leg(f, leg, index, context);
    if (!f.describing()) composite.legs.push_back(std::move(leg));
  });
  if (fields.describing()) return;
  std::set<std::string> names;
  double sum = 0.0;
  for (const LegPolicy& leg : composite.legs) {
    if (!names.insert(leg.name).second) fields.error("legs", "two legs are named '" + leg.name + "'; names are unique");
    if (leg.enabled) sum += leg.weight;
  }
  if (!composite.legs.empty() && !(sum > epsilon)) fields.error("legs", "the weights of enabled legs sum to nothing");
}

// type: configured or composite, or their class with everything under parameters: one form in the resolved config.
std::string decode_typed(Fields& fields, bool is_composite, StrategyPolicy& strategy, const StrategyContext& context) {
  const std::string class_name = is_composite ? "CompositeStrategy" : "ConfiguredStrategy";
  fields.take("type");
  check_class_beside_type(fields, class_name, is_composite ? "composite" : "configured");
  const Node merged = overlaid(fields);
  json::object parameters;
  Fields inner(fields.context(), &merged, fields.path(), &parameters, nullptr);
  if (is_composite) {
    CompositePolicy composite;
    decode_composite(inner, composite, context);
    strategy = std::move(composite);
  } else {
    PipelinePolicy pipeline;
    decode_pipeline(inner, pipeline, pipeline_defaults(context));
    strategy = std::move(pipeline);
  }
  inner.finish();
  if (fields.resolved() != nullptr) {
    (*fields.resolved())["class"] = class_name.c_str();
    (*fields.resolved())["parameters"] = std::move(parameters);
  }
  return class_name;
}

void describe_strategy(Fields& fields, const StrategyContext& context) {
  SchemaNode node{
      .name = "class", .kind = "variant", .description = "with `parameters`; or type: configured, composite"};
  const auto describe = [&](std::string_view name, std::string_view description, auto decode) {
    SchemaNode inner{.name = std::string(name), .kind = "map", .description = std::string(description)};
    Fields f(fields.context(), nullptr, "", nullptr, &inner);
    decode(f);
    node.alternatives.push_back(std::move(inner));
  };
  describe("ConfiguredStrategy", "type: configured; these keys stand beside `type`", [&](Fields& f) {
    PipelinePolicy pipeline;
    decode_pipeline(f, pipeline, pipeline_defaults(context));
  });
  describe("CompositeStrategy", "type: composite; these keys stand beside `type`", [&](Fields& f) {
    CompositePolicy composite;
    decode_composite(f, composite, context);
  });
  for (std::string_view name : class_strategy_names()) {
    describe(name, "keys of `parameters`", [&](Fields& f) {
      std::variant<PipelinePolicy, TargetWeightsPolicy> ignored;
      decode_class_parameters(f, std::string(name), ignored, context);
    });
  }
  fields.schema()->fields.push_back(std::move(node));
}

}  // namespace

std::string decode_strategy(Fields& fields, StrategyPolicy& strategy, const StrategyContext& context) {
  if (fields.describing()) {
    describe_strategy(fields, context);
    return "";
  }
  const auto word = [&](const char* key) {
    const Node* node = fields.peek(key);
    return node != nullptr ? std::string(trimmed(node->text)) : std::string();
  };
  const std::string type = word("type");
  const std::string class_name = word("class").empty() ? word("class_name") : word("class");
  if (type == "configured" || (type.empty() && class_name == "ConfiguredStrategy")) {
    return decode_typed(fields, false, strategy, context);
  }
  if (type == "composite" || (type.empty() && class_name == "CompositeStrategy")) {
    return decode_typed(fields, true, strategy, context);
  }
  fields.take("type");
  if (!type.empty()) {
    const std::vector<std::string_view> types{"configured", "composite"};
    fields.error("type", "'" + type.substr(0, 60) + "' is not one of " + alternatives_text(types) +
                             suggestion(type, types) + "; a class strategy has no type");
  }
  std::vector<std::string_view> names{"ConfiguredStrategy", "CompositeStrategy"};
  names.insert(names.end(), class_strategy_names().begin(), class_strategy_names().end());
  const std::string name = decode_class_name(fields, "", names, "");
  if (name.empty()) {
    for (const Member& member : fields.node()->members) fields.take(member.key);  // their meaning depends on the class
    return name;
  }
  std::variant<PipelinePolicy, TargetWeightsPolicy> made;
  fields.section("parameters", "of the class", [&](Fields& f) { decode_class_parameters(f, name, made, context); });
  std::visit([&](auto& policy) { strategy = std::move(policy); }, made);
  return name;
}

}  // namespace backtest
