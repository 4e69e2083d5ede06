#include "execute/load_request.hpp"

#include <algorithm>
#include <optional>
#include <variant>

#include "engine/model/columns.hpp"

namespace backtest {

namespace {

void append_required_columns(const PipelinePolicy& pipeline, std::vector<std::string>& columns) {
  columns.insert(columns.end(), pipeline.universe.require_columns.begin(), pipeline.universe.require_columns.end());
}

std::vector<std::string> required_price_columns(const StrategyPolicy& strategy) {
  std::vector<std::string> columns;
  if (const auto* pipeline = std::get_if<PipelinePolicy>(&strategy)) append_required_columns(*pipeline, columns);
  if (const auto* composite = std::get_if<CompositePolicy>(&strategy)) {
    for (const LegPolicy& leg : composite->legs) {
      if (const auto* pipeline = std::get_if<PipelinePolicy>(&leg.strategy))
        append_required_columns(*pipeline, columns);
    }
  }
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  return columns;
}

TableFormat table_format(const DataSection& data) {
  return {.columns = data.columns,
          .delimiter = data.delimiter,
          .numbers = {.decimal = data.decimal, .thousands = data.thousands, .currency = data.currency.value_or("")},
          .date_format = data.date_format.value_or(""),
          .timezone = data.timezone.value_or("")};
}

std::optional<OffCalendar> off_calendar(const DataSection& data) {
  if (!data.on_off_calendar) return std::nullopt;
  switch (*data.on_off_calendar) {
    case OffCalendarRows::error:
      return OffCalendar::error;
    case OffCalendarRows::warn:
      return OffCalendar::warn;
    case OffCalendarRows::next:
      return OffCalendar::next;
    case OffCalendarRows::previous:
      return OffCalendar::previous;
  }
  return std::nullopt;
}

}  // namespace

LoadRequest load_request(const Spec& spec) {
  LoadRequest request;
  request.price_path = spec.data.price_path;
  request.signal_path = spec.data.signal_path;
  request.wide = spec.data.layout == TableLayout::wide;
  request.all_symbols = spec.all_symbols;
  request.symbols = spec.symbols;
  request.start_date = spec.start_date;
  request.end_date = spec.end_date;
  request.warmup_bars = spec.data.warmup_bars;
  request.max_gap_bars = spec.data.max_gap_bars;
  request.gap_is_error = spec.data.gap_is_error;
  request.last_duplicate_wins = spec.data.last_duplicate_wins;
  request.format = table_format(spec.data);
  request.signal_name = spec.data.signal_name;
  request.on_off_calendar = off_calendar(spec.data);
  request.fill_policy = spec.policy.broker.fill_policy;
  request.required_price_columns = required_price_columns(spec.policy.strategy);
  request.extra_price_columns = extra_price_columns_read(spec.policy);
  request.signal_columns = signal_columns_read(spec.policy);
  request.target_paths = spec.target_paths;
  if (spec.benchmark) {
    request.benchmark_symbol = spec.benchmark->symbol;
    request.benchmark_path = spec.benchmark->path;
    request.benchmark_holds_returns = spec.benchmark->holds_returns;
  }
  if (spec.risk_free) {
    request.risk_free_symbol = spec.risk_free->symbol;
    request.risk_free_path = spec.risk_free->path;
    request.risk_free_holds_yields = spec.risk_free->holds_yields;
  }
  return request;
}

}  // namespace backtest
