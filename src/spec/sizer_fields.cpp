#include "base/ascii_text.hpp"
#include "spec/sizer_fields.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <cmath>

namespace backtest {

namespace {

constexpr Choice<Covariance> covariances[] = {{"sample", Covariance::sample}, {"ledoit_wolf", Covariance::ledoit_wolf}};

void decode_equal_weight(Fields& f, EqualWeightSizer& s) {
  f.integer("max_positions", s.max_positions, at_least(1), "the best by score");
}

void decode_long_short(Fields& f, LongShortScoreSizer& s) {
  static constexpr Choice<WeightMode> modes[] = {{"equal", WeightMode::equal}, {"score", WeightMode::score}};
  f.integer("max_longs", s.max_longs, at_least(0), "longs");
  f.integer("max_shorts", s.max_shorts, at_least(0), "shorts");
  f.number("gross_target", s.gross_target, above(0.0), "sum of absolute weights");
  f.number("net_target", s.net_target, {}, "sum of weights; within gross_target");
  f.choice("weight_mode", s.weight_mode, modes, "equal, or by score to a power", true);
  f.flag("sticky_holdings", s.sticky_holdings, "held names are kept before better ones");
  f.number("score_power", s.score_power, above(0.0), "power of the score");
  f.number("min_abs_score", s.min_abs_score, at_least(0.0), "lowest magnitude");
  if (!f.describing() && std::fabs(s.net_target) > s.gross_target) {
    f.error("net_target", "must not be larger than gross_target in magnitude");
  }
}

void decode_kelly(Fields& f, KellySizer& s) {
  f.required_number("mu_scale", s.mu_scale, {}, "expected return per unit of score");
  f.number("kelly_fraction", s.kelly_fraction, between(0.0, 1.0), "fraction of the full bet");
  f.integer("lookback_days", s.lookback_days, between(2, 100'000), "returns in the covariance");
  f.choice("covariance", s.covariance, covariances, "estimator");
}

void decode_optimization(Fields& f, OptimizationSizer& s) {
  f.number("risk_aversion", s.risk_aversion, at_least(0.0), "weight of the variance");
  f.integer("lookback_days", s.lookback_days, between(1, 100'000), "half of the calendar days of returns");
  f.choice("covariance", s.covariance, covariances, "estimator");
}

void check_symbol(Fields& weights, const std::string& symbol, const SizerContext& universe) {
  if (universe.all_symbols || std::ranges::find(universe.symbols, symbol) != universe.symbols.end()) return;
  const std::vector<std::string_view> names(universe.symbols.begin(), universe.symbols.end());
  weights.error(symbol, "'" + symbol + "' is not in universe.symbols" + suggestion(symbol, names));
}

void decode_fixed_weight(Fields& f, FixedWeightSizer& s, const SizerContext& universe) {
  if (!f.describing() && !f.has("weights")) f.error("weights", "is required: a map of symbol: weight");
  f.section("weights", "symbol: fraction of NAV", [&](Fields& weights) {
    if (weights.describing() || weights.node() == nullptr) return;
    for (const Member& member : weights.node()->members) {
      double weight = 0.0;
      weights.required_number(member.key, weight, between(-100.0, 100.0), "fraction of NAV");
      check_symbol(weights, member.key, universe);
      s.weights.emplace_back(member.key, weight);
    }
  });
}

}  // namespace

std::string decode_class_name(Fields& fields, const std::string& standard, const std::vector<std::string_view>& allowed,
                              std::string_view description) {
  std::string name;
  fields.text("class", name, description);
  std::string older;
  if (!fields.describing()) {
    if (const Node* node = fields.peek("class_name")) older = node->text;
    fields.take("class_name");
  }
  if (name.empty()) name = older;
  fields.without_effect("module", "components are built in");
  name = std::string(trimmed(name));
  if (name.empty()) name = standard;
  if (fields.describing()) return name;
  const char* key = fields.has("class") ? "class" : "class_name";
  if (name.empty()) {
    fields.error("class", "is required: one of " + alternatives_text(allowed));
  } else if (std::ranges::find(allowed, name) == allowed.end()) {
    fields.error(
        key, "'" + name.substr(0, 60) + "' is not one of " + alternatives_text(allowed) + suggestion(name, allowed));
    name.clear();
  }
  if (fields.resolved() != nullptr) (*fields.resolved())["class"] = name.c_str();
  return name;
}

std::string decode_sizer(Fields& fields, SizerPolicy& sizer, const SizerContext& universe) {
  static const std::vector<std::string_view> names{"EqualWeightSizer", "LongShortScoreSizer", "KellySizer",
                                                   "OptimizationSizer", "FixedWeightSizer"};
  const std::string name = decode_class_name(fields, "EqualWeightSizer", names, alternatives_text(names));
  const auto parameters = [&](auto made, auto decode) {
    fields.section("parameters", "of the class", [&](Fields& f) { decode(f, made); });
    if (!fields.describing()) sizer = made;
  };
  if (fields.describing()) {
    SchemaNode node{.name = "parameters", .kind = "variant", .description = "of the class"};
    const auto describe = [&](std::string_view class_name, auto made, auto decode) {
      SchemaNode inner{.name = std::string(class_name), .kind = "map"};
      Fields f(fields.context(), nullptr, "", nullptr, &inner);
      decode(f, made);
      node.alternatives.push_back(std::move(inner));
    };
    describe(names[0], EqualWeightSizer{}, decode_equal_weight);
    describe(names[1], LongShortScoreSizer{}, decode_long_short);
    describe(names[2], KellySizer{}, decode_kelly);
    describe(names[3], OptimizationSizer{}, decode_optimization);
    describe(names[4], FixedWeightSizer{},
             [&](Fields& f, FixedWeightSizer& s) { decode_fixed_weight(f, s, universe); });
    fields.schema()->fields.push_back(std::move(node));
    return name;
  }
  if (name == "EqualWeightSizer") parameters(EqualWeightSizer{}, decode_equal_weight);
  if (name == "LongShortScoreSizer") parameters(LongShortScoreSizer{}, decode_long_short);
  if (name == "KellySizer") parameters(KellySizer{}, decode_kelly);
  if (name == "OptimizationSizer") parameters(OptimizationSizer{}, decode_optimization);
  if (name == "FixedWeightSizer") {
    parameters(FixedWeightSizer{}, [&](Fields& f, FixedWeightSizer& s) { decode_fixed_weight(f, s, universe); });
  }
  if (name.empty()) fields.take("parameters");
  return name;
}

}  // namespace backtest
