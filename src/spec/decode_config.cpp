#include "spec/decode_config.hpp"

#include <boost/json/object.hpp>

#include "spec/section_fields.hpp"
#include "spec/strategy_fields.hpp"

namespace backtest {

namespace {

constexpr std::string_view sizing_description = "scores to weights; default: EqualWeightSizer";

void decode_sizing(Fields& fields, Spec& spec, const SizerContext& universe) {
  fields.section("sizing", sizing_description,
                 [&](Fields& f) { spec.sizer_class = decode_sizer(f, spec.policy.sizer, universe); });
}

void decode_strategy_section(Fields& fields, Spec& spec, const SizerContext& universe) {
  StrategyContext context;
  context.universe = universe;
  context.has_signals = spec.data.signal_path.has_value();
  context.sizer = &spec.policy.sizer;
  context.target_paths = &spec.target_paths;
  const bool is_absent = !fields.describing() && !fields.has("strategy");
  if (is_absent) {
    fields.error("strategy", "is required: a map with `class`, or with type: configured or composite");
    fields.take("strategy");
    return;
  }
  fields.section("strategy", "what to hold, and when",
                 [&](Fields& f) { spec.strategy_class = decode_strategy(f, spec.policy.strategy, context); });
  if (std::holds_alternative<TargetWeightsPolicy>(spec.policy.strategy) && fields.has("sizing")) {
    fields.warn("sizing", "has no effect: TargetWeightsStrategy brings its weights");
  }
}

}  // namespace

void decode_config(Fields& fields, Spec& spec) {
  fields.text("run_name", spec.run_name, "a name for people");
  fields.required_date("start_date", spec.start_date, "first bar");
  fields.required_date("end_date", spec.end_date, "last bar");
  fields.number("initial_cash", spec.policy.initial_cash, above(0.0), "cash before the first bar");
  fields.section("universe", "instruments", [&](Fields& f) { decode_universe(f, spec); });
  if (fields.describing() || fields.has("data")) {
    fields.section("data", "market data", [&](Fields& f) { decode_data(f, spec); });
  } else {
    fields.error("data", "is required: a map with price_path");
    fields.take("data");
  }
  fields.optional_section("benchmark", "a series to compare with", [&](Fields& f) { decode_benchmark(f, spec); });
  const SizerContext universe{.all_symbols = spec.all_symbols, .symbols = spec.symbols};
  decode_sizing(fields, spec, universe);
  decode_strategy_section(fields, spec, universe);
  fields.section("constraints", "limits on weights",
                 [&](Fields& f) { decode_constraints(f, spec.policy.constraints); });
  fields.section("broker", "execution and its costs", [&](Fields& f) { decode_broker(f, spec.policy.broker); });
  fields.section("output", "artifacts", [&](Fields& f) { decode_output(f, spec.output); });
  spec.policy.delist_after_bars = spec.data.delist_after_bars;
  if (!fields.describing() && spec.end_date < spec.start_date) {
    fields.error("end_date", "must not be before start_date");
  }
}

}  // namespace backtest
