// A series that a run is measured against - a benchmark, a risk-free rate - on the dates of its own table, which need
// not be bars of the run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/date.hpp"
#include "base/diagnostic.hpp"
#include "data/data_source.hpp"
#include "data/table_field.hpp"
#include "data/table_format.hpp"
#include "data/table_parts.hpp"
#include "engine/model/panel.hpp"

namespace backtest {

struct ReferenceRequest {
  std::string role;                   // in messages: "the benchmark"
  std::string key;                    // of its section in a config: "benchmark"
  std::vector<TablePart> parts;       // not empty
  std::optional<std::string> symbol;  // of a table of several; or the name of the column
  FieldKind kind = FieldKind::price;  // price, or number for returns and yields
  Date first, last;                   // rows outside are left out
  bool last_duplicate_wins = false;
  TableFormat format;
  const DataSources* sources = nullptr;
};

struct ReferenceRow {
  Date date;
  double value = missing;     // NaN where the cell is empty or counts as missing
  double split = missing;     // new shares per old
  double dividend = missing;  // cash per share, after the split
};

struct ReferenceSeries {
  std::vector<ReferenceRow> rows;    // ascending by date; empty where no row of the symbol lies in the range
  std::uint64_t refused_prices = 0;  // zero or negative
};

// The table has date and close, perhaps split and dividend, or date and one other column beside those of an index. A
// header of fields above symbols names one symbol, or request.symbol among others. Throws InvalidInput.
ReferenceSeries read_reference(const ReferenceRequest& request, std::vector<Diagnostic>& warnings);

// What one share held since the first row is worth, each dividend reinvested at that day's price, or at the next one
// where the day has none; NaN where a row has no price. Splits and dividends count on whatever day they fall.
std::vector<double> held_values(const std::vector<ReferenceRow>& rows);

}  // namespace backtest
