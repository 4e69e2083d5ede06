#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include "artifact_table/artifact_table.hpp"
#include "base/number_text.hpp"

namespace backtest {

namespace {

constexpr std::size_t block_bytes = 64 << 10;
constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();

// The cells of rows, one after the other: commas, line feeds, quotes doubled inside quotes (ART-2).
class CsvReader {
 public:
  explicit CsvReader(std::unique_ptr<ArtifactReader> reader) : reader_(std::move(reader)) {}

  // False at the end. Blank lines are none.
  bool next(std::vector<std::string>& cells) {
    cells.clear();
    std::string cell;
    bool quoted = false, begun = false;
    while (const std::optional<char> c = read()) {
      if (quoted) {
        if (*c != '"') {
          cell += *c;
        } else if (peek() == '"') {
          cell += *read();
        } else {
          quoted = false;
        }
      } else if (*c == '"') {
        quoted = begun = true;
      } else if (*c == ',') {
        cells.push_back(std::move(cell));
        cell.clear();
        begun = true;
      } else if (*c == '\n') {
        if (cell.ends_with('\r')) cell.pop_back();
        if (!begun && cell.empty()) continue;
        cells.push_back(std::move(cell));
        return true;
      } else {
        cell += *c;
      }
    }
    if (!begun && cell.empty()) return false;
    cells.push_back(std::move(cell));
    return true;
  }

 private:
  std::optional<char> peek() {
    if (at_ == size_) {
      size_ = reader_->read(block_.data(), block_.size());
      at_ = 0;
    }
    return at_ == size_ ? std::nullopt : std::optional(block_[at_]);
  }
  std::optional<char> read() {
    const std::optional<char> c = peek();
    if (c) ++at_;
    return c;
  }

  std::unique_ptr<ArtifactReader> reader_;
  std::string block_ = std::string(block_bytes, '\0');
  std::size_t at_ = 0, size_ = 0;
};

class CsvArtifact final : public ArtifactTable {
 public:
  CsvArtifact(std::unique_ptr<ArtifactReader> reader, const std::vector<std::string_view>& names)
      : rows_(std::move(reader)) {
    std::vector<std::string> header;
    rows_.next(header);
    for (const std::string_view name : names) {
      const auto found = std::ranges::find(header, name);
      places_.push_back(found == header.end() ? nowhere : static_cast<std::size_t>(found - header.begin()));
    }
  }

  bool next() override { return rows_.next(cells_); }
  std::string_view text(std::size_t column) override {
    return places_[column] < cells_.size() ? std::string_view(cells_[places_[column]]) : std::string_view();
  }
  double number(std::size_t column) override {
    return parse_number(text(column)).value_or(std::numeric_limits<double>::quiet_NaN());
  }

 private:
  CsvReader rows_;
  std::vector<std::size_t> places_;
  std::vector<std::string> cells_;
};

}  // namespace

std::unique_ptr<ArtifactTable> open_csv_table_artifact(const OpenArtifact& open,
                                                       const std::vector<std::string_view>& columns) {
  return std::make_unique<CsvArtifact>(open({}), columns);
}

}  // namespace backtest
