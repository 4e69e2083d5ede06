#include "data/price_panel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "data/bar_survey.hpp"
#include "data/benchmark.hpp"
#include "data/column_lookup.hpp"
#include "data/gaps.hpp"
#include "data/panel_shape.hpp"
#include "data/panel_sink.hpp"
#include "data/price_columns.hpp"
#include "data/price_passes.hpp"
#include "data/request_parts.hpp"
#include "data/table.hpp"
#include "data/table_field.hpp"
#include "data/universe.hpp"

namespace backtest {

namespace {

std::vector<TableField> present_fields(const LoadRequest& request, const std::vector<std::string>& columns) {
  std::vector<TableField> fields;
  for (const FieldWanted& wanted : fields_wanted(request)) {
    if (find_column(columns, wanted.name)) fields.emplace_back(wanted.name, wanted.kind);
  }
  return fields;
}

Panel make_panel(const PanelShape& shape, std::size_t first_bar, std::vector<std::string> instruments,
                 std::span<const TableField> fields, std::span<const std::uint8_t> has_row,
                 std::shared_ptr<const void> storage) {
  const std::size_t cells = shape.dates.size() * shape.instruments;
  Panel panel;
  panel.dates = shape.dates;
  panel.first_bar = first_bar;
  panel.instruments = std::move(instruments);
  panel.has_row = has_row.first(cells);
  panel.storage = std::move(storage);
  for (const TableField& field : fields) {
    const std::span<const double> values = field.values.first(cells);
    if (field.name() == "open")
      panel.open = values;
    else if (field.name() == "high")
      panel.high = values;
    else if (field.name() == "low")
      panel.low = values;
    else if (field.name() == "close")
      panel.close = values;
    else if (field.name() == "volume")
      panel.volume = values;
    else if (field.name() == "split")
      panel.split = values;
    else if (field.name() == "dividend")
      panel.dividend = values;
    else {
      panel.extra_columns.push_back(field.name());
      panel.extra_values.push_back(values);
    }
  }
  return panel;
}

bool has_actions(std::span<const TableField> fields) {
  return std::ranges::any_of(
      fields, [](const TableField& field) { return field.name() == "split" || field.name() == "dividend"; });
}

}  // namespace

LoadedPrices load_prices(const LoadRequest& request, std::vector<Diagnostic>& warnings) {
  const std::vector<TablePart> parts = price_parts(request);
  SymbolTable symbols;
  const std::size_t universe_size = intern_universe(request, symbols);
  PriceSurvey found = survey_prices(request, parts, universe_size, symbols, warnings);
  check_price_columns(request, parts.front().path, found.columns, found.file_columns);
  report_unread_columns(request, parts.front().path, found, warnings);

  const PanelUniverse universe = make_universe(request, symbols, found.survey, warnings);
  const Bars bars = found.survey.bars(request.start_date, request.end_date, request.warmup_bars);
  if (bars.dates.size() == bars.first_bar) {
    found.survey.problems.throw_if_any();
    refuse_empty_range(request, found.survey);
  }
  const PanelShape shape{
      .dates = bars.dates, .instruments = universe.instruments.size(), .place_of_symbol = universe.place_of_symbol};
  std::vector<TableField> fields = present_fields(request, found.columns);
  std::span<std::uint8_t> has_row;
  const std::shared_ptr<PanelStorage> storage = allocate_fields(shape, fields, has_row);
  fill_prices(request, parts, universe_size, shape, fields, has_row, symbols, warnings);

  tell_rows_without_prices(shape, fields, has_row);

  LoadedPrices loaded;
  loaded.panel = make_panel(shape, bars.first_bar, universe.instruments, fields, has_row, storage);
  report_silent_instruments(request, loaded.panel, found.survey, symbols, warnings);
  report_gaps(request, loaded.panel, warnings);
  if (request.benchmark_symbol && !request.benchmark_path) {
    // A benchmark outside the universe may have rows on days without a bar, and splits and dividends on them.
    const bool is_outside = universe.benchmark_place == shape.instruments;
    std::vector<Diagnostic> told_already;
    loaded.benchmark_close = is_outside && has_actions(fields)
                                 ? load_benchmark(request, loaded.panel, told_already)
                                 : benchmark_series(shape, universe.benchmark_place, fields);
  }
  return loaded;
}

}  // namespace backtest
