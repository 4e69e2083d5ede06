#include "spec/strategy_fields.hpp"

#include <boost/json/object.hpp>
#include <set>

#include "base/ascii_text.hpp"
#include "spec/pipeline_fields.hpp"

namespace backtest {

namespace {

constexpr std::string_view configured_class = "ConfiguredStrategy";
constexpr std::string_view composite_class = "CompositeStrategy";

PipelineDefaults pipeline_defaults(const StrategyContext& context) {
  return {.universe_source = context.has_signals ? UniverseSource::signals : UniverseSource::prices};
}

bool names_component(std::string_view key) {
  return key == "type" || key == "class" || key == "class_name" || key == "module" || key == "parameters";
}

// `parameters` overlaid with every sibling key but those that name the component; siblings win (CFG-9.2).
Node overlaid(Fields& fields) {
  Node merged;
  merged.kind = NodeKind::map;
  merged.line = fields.node()->line;
  merged.column = fields.node()->column;
  std::set<std::string_view> siblings;
  for (const Member& member : fields.node()->members) {
    if (names_component(member.key)) continue;
    merged.members.push_back(member);
    siblings.insert(member.key);
    fields.take(member.key);
  }
  fields.take("parameters");
  const Node* parameters = fields.peek("parameters");
  if (parameters != nullptr && parameters->kind != NodeKind::map) {
    fields.error("parameters", described(*parameters) + " is not a map of keys");
  } else if (parameters != nullptr) {
    for (const Member& member : parameters->members) {
      if (!siblings.contains(member.key)) merged.members.push_back(member);
    }
  }
  return merged;
}

// Beside `type` the class may stand, too: ConfiguredStrategy and `configured` mean the same.
void check_class_beside_type(Fields& fields, std::string_view class_name, std::string_view type) {
  for (const char* key : {"class", "class_name"}) {
    const Node* node = fields.peek(key);
    fields.take(key);
    if (node == nullptr) continue;
    const std::string_view word = is_scalar(*node) ? trimmed(node->text) : std::string_view();
    if (word != class_name && word != type) {
      fields.error(key, "must be '" + std::string(class_name) + "' or absent with type: " + std::string(type));
    }
  }
  fields.without_effect("module", "components are built in");
}

std::string type_of(const Fields& fields) {
  const Node* node = fields.peek("type");
  return node != nullptr && is_scalar(*node) ? std::string(trimmed(node->text)) : "";
}

// False, with an error, where `type` is none of `types`; a class strategy has no type.
bool check_no_type(Fields& fields, const std::vector<std::string_view>& types) {
  const Node* node = fields.peek("type");
  fields.take("type");
  if (node == nullptr) return true;
  fields.error("type", described(*node) + " is not one of " + alternatives_text(types) +
                           suggestion(type_of(fields), types) + "; a class strategy has no type");
  fields.take_all();
  return false;
}

void decode_pipeline_into(Fields& fields, LegStrategy& strategy, const StrategyContext& context) {
  PipelinePolicy pipeline;
  decode_pipeline(fields, pipeline, pipeline_defaults(context));
  if (!fields.describing()) strategy = std::move(pipeline);
}

void decode_composite_into(Fields& fields, StrategyPolicy& strategy, const StrategyContext& context) {
  CompositePolicy composite;
  decode_composite(fields, composite, context);
  if (!fields.describing()) strategy = std::move(composite);
}

void describe_leg_strategy(Fields& fields, const StrategyContext& context) {
  LegStrategy ignored;
  fields.variant("type", "", "a pipeline of this leg's own",
                 {{"configured", "scores, selection, holding and exits",
                   [&](Fields& f) { decode_pipeline_into(f, ignored, context); }}});
  fields.component("", "or a class strategy", class_strategies(ignored, context));
}

void describe_strategy(Fields& fields, const StrategyContext& context) {
  LegStrategy ignored;
  StrategyPolicy also_ignored;
  const Fields::Alternative configured{configured_class, "the same as type: configured, with its keys in parameters",
                                       [&](Fields& f) { decode_pipeline_into(f, ignored, context); }};
  const Fields::Alternative composite{composite_class, "the same as type: composite, with its keys in parameters",
                                      [&](Fields& f) { decode_composite_into(f, also_ignored, context); }};
  fields.variant("type", "", "a configured pipeline, or a composite of legs",
                 {{"configured", "a pipeline: scores, selection, holding and exits", configured.decode},
                  {"composite", "several strategies with capital of their own", composite.decode}});
  std::vector<Fields::Alternative> classes{configured, composite};
  for (Fields::Alternative& preset : class_strategies(ignored, context)) classes.push_back(std::move(preset));
  fields.component("", "or a class strategy", classes);
}

// type: configured or composite: one form in the resolved config, that of a class with parameters.
std::string decode_typed(Fields& fields, bool is_composite, StrategyPolicy& strategy, const StrategyContext& context) {
  const std::string_view class_name = is_composite ? composite_class : configured_class;
  fields.take("type");
  check_class_beside_type(fields, class_name, is_composite ? "composite" : "configured");
  const Node merged = overlaid(fields);
  json::object parameters;
  Fields inner(fields.context(), &merged, fields.path(), &parameters, nullptr);
  if (is_composite) {
    decode_composite_into(inner, strategy, context);
  } else {
    LegStrategy pipeline;
    decode_pipeline_into(inner, pipeline, context);
    strategy = std::get<PipelinePolicy>(std::move(pipeline));
  }
  inner.finish();
  fields.write("class", json_of(class_name));
  fields.write("parameters", std::move(parameters));
  return std::string(class_name);
}

}  // namespace

void decode_leg_strategy(Fields& fields, LegStrategy& strategy, const StrategyContext& context) {
  if (fields.describing()) return describe_leg_strategy(fields, context);
  if (type_of(fields) != "configured") {
    if (check_no_type(fields, {"configured"})) fields.component("", "", class_strategies(strategy, context));
    return;
  }
  fields.take("type");
  fields.write("type", "configured");
  check_class_beside_type(fields, configured_class, "configured");
  const Node merged = overlaid(fields);
  Fields inner(fields.context(), &merged, fields.path(), fields.resolved(), nullptr);
  decode_pipeline_into(inner, strategy, context);
  inner.finish();
}

std::string decode_strategy(Fields& fields, StrategyPolicy& strategy, const StrategyContext& context) {
  if (fields.describing()) {
    describe_strategy(fields, context);
    return "";
  }
  const std::string type = type_of(fields);
  if (type == "configured" || type == "composite") return decode_typed(fields, type == "composite", strategy, context);
  if (!check_no_type(fields, {"configured", "composite"})) return "";
  LegStrategy made;
  std::vector<Fields::Alternative> classes{
      {configured_class, "", [&](Fields& f) { decode_pipeline_into(f, made, context); }},
      {composite_class, "", [&](Fields& f) { decode_composite_into(f, strategy, context); }}};
  for (Fields::Alternative& preset : class_strategies(made, context)) classes.push_back(std::move(preset));
  const std::string name = fields.component("", "", classes);
  if (name != composite_class) std::visit([&](auto& policy) { strategy = std::move(policy); }, made);
  return name;
}

}  // namespace backtest
