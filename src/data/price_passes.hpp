// The two passes over price files: which bars and symbols there are, then the values. A file is a long table, or a wide
// one where the request or its own header says so.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "data/bar_survey.hpp"
#include "data/load.hpp"
#include "data/panel_shape.hpp"
#include "data/table_parts.hpp"

namespace backtest {

struct PriceSurvey {
  // As the run reads them, of all files together; of a wide table date, symbol and close, which it stands for.
  std::vector<std::string> columns;
  std::vector<std::string> file_columns;  // as the files spell them
  std::vector<std::string>
      field_columns;  // those of them that name fields: not a plain wide table's, which are symbols
  BarSurvey survey;
};

// Appends to `warnings` what the files say about themselves: dates that look shifted, columns that look like an index.
PriceSurvey survey_prices(const LoadRequest& request, const std::vector<TablePart>& parts, std::size_t universe_size,
                          SymbolTable& symbols, std::vector<Diagnostic>& warnings);

// Throws InvalidInput where rows are wrong; appends what counts as missing to `warnings`.
void fill_prices(const LoadRequest& request, const std::vector<TablePart>& parts, std::size_t universe_size,
                 const PanelShape& shape, std::span<TableField> fields, std::span<std::uint8_t> has_row,
                 SymbolTable& symbols, std::vector<Diagnostic>& warnings);

}  // namespace backtest
