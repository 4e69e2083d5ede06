// Rows of an artifact's CSV text (ART-2): header first, commas, LF, quotes only where needed. Rows can be skipped
// without looking at their cells, so that a thinned or paged answer costs one pass over the bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace backtest {

class CsvRows {
 public:
  // `text` outlives the object.
  explicit CsvRows(std::string_view text);

  // Position of a column, or nullopt.
  std::optional<std::size_t> column(std::string_view name) const;
  // Rows from here to the end.
  std::size_t remaining() const;
  // False at the end.
  bool skip();
  // Reads the next row; its cells stay until the next call.
  bool next();
  // Empty for a column that the row or the file lacks.
  std::string_view cell(std::optional<std::size_t> column) const;

 private:
  std::size_t row_end(std::size_t from) const;
  void split(std::string_view row);

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::string> header_;
  std::vector<std::string> cells_;
};

}  // namespace backtest
