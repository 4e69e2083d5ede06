#include "spec/metric_fields.hpp"

#include <optional>
#include <string>
#include <string_view>

#include "spec/section_fields.hpp"

namespace backtest {

namespace {

const Range bars_per_year_range = above_to(0.0, 10'000.0);
const Range rate_range = between(-1.0, 1.0);

void decode_bars_per_year(Fields& fields, MetricPolicy& metrics) {
  constexpr std::string_view key = "bars_per_year";
  static constexpr Choice<bool> words[] = {{"auto", true}};
  bool automatic = true;
  double number = 252.0;
  if (fields.describing()) {
    SchemaNode& node =
        fields.record(key, SchemaKind::one_of,
                      "what annualises; auto: 252, 365, 52, 12, 4 or 1 by the gaps between the bars (docs/metrics.md)");
    node.standard = "auto";
    Fields forms(fields.context(), nullptr, "", nullptr, &node);
    forms.choice(key, automatic, words, "");
    forms.required_number(key, number, bars_per_year_range, "");
    return;
  }
  const Node* node = fields.peek(key);
  if (node == nullptr || node->kind == NodeKind::text) {
    fields.choice(key, automatic, words, "");
    return;
  }
  const std::size_t errors_before = fields.context().error_count();
  fields.required_number(key, number, bars_per_year_range, "");
  if (fields.context().error_count() == errors_before) metrics.bars_per_year = number;
}

// What a series is read from: exactly one of a symbol and a path.
void decode_source(Fields& fields, std::optional<std::string>& symbol, std::optional<std::string>& path) {
  fields.text("symbol", symbol, "of the price table; it need not be in the universe");
  fields.text("path", path, "a table of date and close");
  if (fields.describing()) return;
  if (symbol.has_value() == path.has_value()) {
    fields.error_at(fields.node(), fields.path(), "exactly one of 'symbol' and 'path' is needed");
  }
  if (path) require_table_suffix(fields, "path", *path);
}

void decode_risk_free_series(Fields& fields, RiskFreeSection& series) {
  static constexpr Choice<bool> kinds[] = {{"yield", true}, {"price", false}};
  decode_source(fields, series.symbol, series.path);
  series.holds_yields = series.path.has_value() || fields.describing();
  fields.choice("kind", series.holds_yields, kinds,
                "annual yields as fractions (the default of a path), or prices (that of a symbol)");
}

void decode_risk_free(Fields& fields, Spec& spec) {
  constexpr std::string_view key = "risk_free";
  MetricPolicy& metrics = spec.policy.metrics;
  if (fields.describing()) {
    SchemaNode& node =
        fields.record(key, SchemaKind::one_of,
                      "what Sharpe, Sortino and alpha are above: an annual rate, or a map of `symbol` or `path` and of "
                      "`kind`, `yield` (annual, as fractions; the default of a path) or `price` (that of a symbol)");
    node.standard = 0.0;
    Fields forms(fields.context(), nullptr, "", nullptr, &node);
    forms.number(key, metrics.risk_free_rate, rate_range, "simple, as a fraction");
    forms.section(key, "", [&](Fields& map) {
      RiskFreeSection series;
      decode_risk_free_series(map, series);
    });
    return;
  }
  const Node* node = fields.peek(key);
  if (node == nullptr || node->kind != NodeKind::map) {
    fields.number(key, metrics.risk_free_rate, rate_range, "");
    return;
  }
  fields.section(key, "", [&](Fields& map) { decode_risk_free_series(map, spec.risk_free.emplace()); });
  metrics.risk_free_series = spec.risk_free->holds_yields ? RiskFreeSeries::yields : RiskFreeSeries::prices;
}

}  // namespace

void decode_benchmark(Fields& fields, Spec& spec) {
  static constexpr Choice<bool> kinds[] = {{"price", false}, {"return", true}};
  BenchmarkSection benchmark;
  decode_source(fields, benchmark.symbol, benchmark.path);
  fields.choice("kind", benchmark.holds_returns, kinds,
                "what the table holds: prices, or returns since the row before, as fractions");
  if (fields.describing()) return;
  if (benchmark.holds_returns && benchmark.symbol && !benchmark.path) {
    fields.error("kind", "return needs a path: the price table holds prices");
  }
  spec.benchmark = benchmark;
}

void decode_metrics(Fields& fields, Spec& spec) {
  decode_bars_per_year(fields, spec.policy.metrics);
  decode_risk_free(fields, spec);
  fields.integer("ddof", spec.policy.metrics.ddof, between(0, 1),
                 "of deviations of returns: 0 divides by their number, 1 by one less");
}

}  // namespace backtest
