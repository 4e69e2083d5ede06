// Which columns of a price table are read, and into which fields of the panel.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "data/load.hpp"
#include "data/table.hpp"
#include "data/table_field.hpp"

namespace backtest {

struct FieldWanted {
  std::string name;  // lower case
  FieldKind kind;
};

// open, high, low, close, volume, split, dividend, then the request's extra columns.
std::vector<FieldWanted> fields_wanted(const LoadRequest& request);

// The columns that must be in some file, with the reason: close, the price that the fill policy needs, what the
// universe requires. Throws InvalidInput. `columns` are those of all files together; `path` names the first.
// `columns` as the run reads them, `file_columns` as the files spell them.
void check_price_columns(const LoadRequest& request, const std::string& path, const std::vector<std::string>& columns,
                         const std::vector<std::string>& file_columns);

struct PriceSurvey;

// A warning where the files have columns that look like actions or adjusted prices and are not read.
void report_unread_columns(const LoadRequest& request, const std::string& path, const PriceSurvey& found,
                           std::vector<Diagnostic>& warnings);

// Columns of a long table that look like dividends or splits and are not read.
struct UnreadAction {
  std::size_t column = 0;
  double none = 0.0;  // the value that says that there was no action: a split of 1
};
std::vector<UnreadAction> unread_actions(const LoadRequest& request, const Table& table);

// What a column looks like by its name alone: the field "dividend", "split" or, of adjusted prices, "close"; empty
// where it looks like none of them.
std::string looks_like_field(const std::string& column);

}  // namespace backtest
