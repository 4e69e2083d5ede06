#include "spec/decode_config.hpp"

#include <boost/json/object.hpp>

#include "base/utf8_text.hpp"
#include "engine/model/columns.hpp"
#include "spec/limit_checks.hpp"
#include "spec/metric_fields.hpp"
#include "spec/section_fields.hpp"
#include "spec/sizer_fields.hpp"
#include "spec/strategy_fields.hpp"

namespace backtest {

namespace {

void decode_strategy_section(Fields& fields, Spec& spec, const UniverseSymbols& universe) {
  StrategyContext context;
  context.universe = universe;
  context.has_signals = spec.data.signal_path.has_value() || fields.describing();
  context.sizer = spec.policy.sizer;
  context.target_paths = &spec.target_paths;
  const bool is_absent = !fields.describing() && !fields.has("strategy");
  if (is_absent) {
    fields.error("strategy", "is required: a map with `class`, or with type: configured or composite");
    fields.take("strategy");
    return;
  }
  fields.section("strategy", "what to hold, and when",
                 [&](Fields& f) { spec.strategy_class = decode_strategy(f, spec.policy.strategy, context); });
  const bool has_written_sizing = fields.has("sizing") && fields.context().warn_without_effect;
  if (std::holds_alternative<TargetWeightsPolicy>(spec.policy.strategy) && has_written_sizing) {
    fields.warn("sizing", "has no effect: TargetWeightsStrategy brings its weights");
  }
}

// A wide table has closes and nothing else. One whose header names fields above symbols is read with either layout, but
// only the file tells: here the layout counts as said.
void check_fill_price(Fields& fields, const Spec& spec) {
  const bool needs_open = spec.policy.broker.fill_policy == FillPolicy::next_open;
  if (fields.describing() || spec.data.layout != TableLayout::wide || !needs_open) return;
  const Node* broker = fields.peek("broker");
  const Member* given = broker != nullptr ? broker->find("fill_policy") : nullptr;
  fields.error_at(
      given != nullptr ? &given->value : fields.node(), "broker.fill_policy",
      "next_open (the default) needs opens, which data.layout: wide does not have; use next_close or same_close, or "
      "leave data.layout out where header lines name fields and symbols");
}

constexpr std::size_t most_name_characters = 256;  // lists show it

void warn_of_missing_signals(Fields& fields, const Spec& spec) {
  if (fields.describing() || spec.data.signal_path || !fields.context().warn_without_effect) return;
  const std::vector<std::string> columns = signal_columns_read(spec.policy);
  if (columns.empty()) return;
  std::string names;
  for (const std::string& column : columns) names += (names.empty() ? "" : ", ") + shortened(column);
  fields.warn("data", "has no signal_path, but the strategy reads signal columns: " + names);
}

}  // namespace

void decode_config(Fields& fields, Spec& spec) {
  fields.text("run_name", spec.run_name, "a name for people");
  if (spec.run_name && character_count(*spec.run_name) > most_name_characters) {
    fields.error("run_name", "has " + std::to_string(character_count(*spec.run_name)) + " characters; at most " +
                                 std::to_string(most_name_characters));
  }
  const std::size_t errors_before_dates = fields.context().error_count();
  fields.required_date("start_date", spec.start_date, "first bar");
  fields.required_date("end_date", spec.end_date, "last bar");
  const bool dates_are_read = fields.context().error_count() == errors_before_dates;
  fields.number("initial_cash", spec.policy.initial_cash, above(0.0), "cash before the first bar");
  const std::size_t errors_before = fields.context().error_count();
  fields.section("universe", "instruments", [&](Fields& f) { decode_universe(f, spec); });
  const bool universe_is_sound = fields.context().error_count() == errors_before;
  if (fields.describing() || fields.has("data")) {
    fields.section("data", "market data", [&](Fields& f) { decode_data(f, spec); });
  } else {
    fields.error("data", "is required: a map with price_path");
    fields.take("data");
  }
  fields.optional_section("benchmark", "a series to compare with", [&](Fields& f) { decode_benchmark(f, spec); });
  const UniverseSymbols universe =
      spec.all_symbols ? UniverseSymbols() : UniverseSymbols(spec.symbols, universe_is_sound);
  fields.section("sizing", "how scores become weights",
                 [&](Fields& f) { spec.sizer_class = decode_sizer(f, spec.policy.sizer, universe); });
  decode_strategy_section(fields, spec, universe);
  fields.section("constraints", "limits on weights",
                 [&](Fields& f) { decode_constraints(f, spec.policy.constraints); });
  fields.section("broker", "execution and its costs", [&](Fields& f) { decode_broker(f, spec.policy.broker); });
  fields.section("metrics", "conventions of the numbers", [&](Fields& f) { decode_metrics(f, spec); });
  fields.section("output", "artifacts", [&](Fields& f) { decode_output(f, spec.output); });
  spec.policy.delist_after_bars = spec.data.delist_after_bars;
  check_fill_price(fields, spec);
  check_limits(fields, spec);
  warn_of_missing_signals(fields, spec);
  if (!fields.describing() && dates_are_read && spec.end_date < spec.start_date) {
    fields.error("end_date", "must not be before start_date");
  }
}

}  // namespace backtest
