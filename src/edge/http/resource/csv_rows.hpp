// Rows of an artifact's CSV text (ART-2): header first, commas, LF, quotes only where needed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace backtest {

// The cells of one row, without its line feed.
std::vector<std::string> csv_cells(std::string_view row);

class CsvRows {
 public:
  // `text` outlives the object.
  explicit CsvRows(std::string_view text);

  // Position of a column, or nullopt.
  std::optional<std::size_t> column(std::string_view name) const;
  // Reads the next row; its cells stay until the next call. False at the end.
  bool next();
  // Empty for a column that the row or the file lacks.
  std::string_view cell(std::optional<std::size_t> column) const;

 private:
  std::size_t row_end(std::size_t from) const;

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::string> header_;
  std::vector<std::string> cells_;
};

}  // namespace backtest
