// What the columns of a table are called by those who read it, whatever the file calls them (DATA-7).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/table_format.hpp"

namespace backtest {

struct TableNames {
  // Per column, as the file spells it; of a header of field and symbol the field.
  std::vector<std::string> spelled;
  // Per column. Empty: nobody asks for it by a name (an index, or a column whose name data.columns gave to another).
  std::vector<std::string> names;
  // Per column, where the header says a field and a symbol, as downloads of many symbols do; else all empty.
  std::vector<std::string> symbols;
  std::vector<bool> is_index;        // numbers or labels of rows, never values
  bool has_bracketed_names = false;  // <DATE>, <CLOSE>: their dates are written 20240131

  bool has_symbols() const;
};

// `columns` as the file spells them; `index_columns` as its metadata names them; `symbols` of a stacked header, or
// none.
TableNames table_names(const std::vector<std::string>& columns, const std::vector<std::string>& index_columns,
                       const std::vector<std::string>& symbols, const TableFormat& format);

// Names that tools give to the index of a frame that has none: "", "Unnamed: 0", "__index_level_0__".
bool is_index_name(const std::string& name);
// Names that an index may have after it became a column: index, level_0, row_nr. They may be symbols too.
bool may_be_index_name(const std::string& name);

// The parts of "('Close', 'KO')", as a frame with several rows of names is stored where names are one text; empty where
// it is no such name.
std::vector<std::string> tuple_parts(std::string_view name);

// Names of fields in downloads, in any case: close, adj close, volume, ...
bool is_field_name(std::string_view name);
// Those of them that are no symbols: LOW and OPEN are shares.
bool is_only_a_field_name(std::string_view name);

// The two or three lines above the rows of a download of several fields and symbols:
//   Price,Close,High      Ticker,KO,KO       Date,,
// Field and symbol of each column, and how many lines they are; nullopt where the lines are an ordinary header.
struct StackedHeader {
  std::vector<std::string> fields;
  std::vector<std::string> symbols;
  std::size_t line_count = 0;
};
// What stands in the corner above stacked names: Price, Ticker, nothing.
bool is_stacked_corner(const std::string& name);
std::optional<StackedHeader> stacked_header(const std::vector<std::vector<std::string>>& records);

}  // namespace backtest
