#include "edge/http/row_page.hpp"

#include <algorithm>
#include <string_view>

namespace backtest {

namespace {

constexpr std::size_t block_size = 256 << 10;

class Pager {
 public:
  Pager(std::uint64_t offset, std::uint64_t limit) : first_(offset + 1), end_(first_ + limit) {}

  void add(std::string_view block) {
    while (!block.empty()) {
      const std::size_t line_feed = block.find('\n');
      const std::string_view part = block.substr(0, line_feed);
      add_part(part);
      if (line_feed == std::string_view::npos) return;
      block.remove_prefix(line_feed + 1);
      end_line();
    }
  }

  RowPage finish() {
    if (has_bytes_) ++row_;
    page_.total = row_ == 0 ? 0 : row_ - 1;
    return std::move(page_);
  }

 private:
  bool is_wanted() const { return row_ == 0 || (row_ >= first_ && row_ < end_); }

  void add_part(std::string_view part) {
    has_bytes_ = has_bytes_ || !part.empty();
    // A doubled quote inside a cell flips twice.
    if (std::ranges::count(part, '"') % 2 != 0) quoted_ = !quoted_;
    if (is_wanted()) page_.text += part;
  }

  void end_line() {
    if (!has_bytes_) return;
    if (is_wanted()) page_.text += '\n';
    if (quoted_) return;  // the line feed belongs to a cell
    ++row_;
    has_bytes_ = false;
  }

  const std::uint64_t first_, end_;  // row 0 is the header
  RowPage page_;
  std::uint64_t row_ = 0;
  bool quoted_ = false;
  bool has_bytes_ = false;
};

}  // namespace

RowPage read_row_page(ArtifactReader& reader, std::uint64_t offset, std::uint64_t limit) {
  Pager pager(offset, limit);
  std::string block(block_size, '\0');
  while (const std::size_t size = reader.read(block.data(), block.size())) {
    pager.add(std::string_view(block).substr(0, size));
  }
  return pager.finish();
}

}  // namespace backtest
