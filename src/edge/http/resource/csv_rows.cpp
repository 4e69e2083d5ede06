#include "edge/http/resource/csv_rows.hpp"

#include <algorithm>

namespace backtest {

std::vector<std::string> csv_cells(std::string_view row) {
  std::vector<std::string> cells;
  std::string cell;
  bool quoted = false;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const char c = row[i];
    if (c == '"' && quoted && i + 1 < row.size() && row[i + 1] == '"') {
      cell += '"';
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.push_back(std::move(cell));
      cell.clear();
    } else {
      cell += c;
    }
  }
  cells.push_back(std::move(cell));
  return cells;
}

CsvRows::CsvRows(std::string_view text) : text_(text) {
  if (next()) header_ = std::move(cells_);
  cells_.clear();
}

std::optional<std::size_t> CsvRows::column(std::string_view name) const {
  const auto found = std::ranges::find(header_, name);
  if (found == header_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header_.begin());
}

// The line feed that ends the row, or the end of the text; a quoted one does not count.
std::size_t CsvRows::row_end(std::size_t from) const {
  std::size_t end = text_.find('\n', from);
  if (end == std::string_view::npos) end = text_.size();
  if (text_.substr(from, end - from).find('"') == std::string_view::npos) return end;
  bool quoted = false;
  for (end = from; end < text_.size(); ++end) {
    if (text_[end] == '"') quoted = !quoted;
    if (text_[end] == '\n' && !quoted) break;
  }
  return end;
}

bool CsvRows::next() {
  while (at_ < text_.size() && text_[at_] == '\n') ++at_;
  if (at_ >= text_.size()) return false;
  const std::size_t end = row_end(at_);
  std::string_view row = text_.substr(at_, end - at_);
  if (row.ends_with('\r')) row.remove_suffix(1);
  cells_ = csv_cells(row);
  at_ = std::min(end + 1, text_.size());
  return true;
}

std::string_view CsvRows::cell(std::optional<std::size_t> column) const {
  return column && *column < cells_.size() ? std::string_view(cells_[*column]) : std::string_view{};
}

}  // namespace backtest
