// The two passes over price files: which bars and symbols there are, then the values. Long tables and wide ones.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "data/bar_survey.hpp"
#include "data/load.hpp"
#include "data/panel_shape.hpp"
#include "data/price_paths.hpp"

namespace backtest {

struct PriceSurvey {
  std::vector<std::string>
      columns;  // of all files together; of a wide table date, symbol and close, which it stands for
  BarSurvey survey;
};

PriceSurvey survey_long_prices(const LoadRequest& request, const std::vector<PricePath>& paths,
                               std::size_t universe_size, SymbolTable& symbols);
PriceSurvey survey_wide_prices(const LoadRequest& request, std::size_t universe_size, SymbolTable& symbols);

// Throw InvalidInput where rows are wrong; append what counts as missing to `warnings`.
void fill_long_prices(const LoadRequest& request, const std::vector<PricePath>& paths, const PanelShape& shape,
                      std::span<TableField> fields, std::span<std::uint8_t> has_row, SymbolTable& symbols,
                      std::vector<Diagnostic>& warnings);
void fill_wide_prices(const LoadRequest& request, std::size_t universe_size, const PanelShape& shape, TableField& close,
                      std::span<std::uint8_t> has_row, SymbolTable& symbols, std::vector<Diagnostic>& warnings);

}  // namespace backtest
