#include "edge/http/resource/row_page.hpp"

#include <algorithm>
#include <string_view>

namespace backtest {

namespace {

constexpr std::size_t block_size = 256 << 10;

class RowReader {
 public:
  RowReader(const RowChoice& choice, const std::function<void(std::string_view)>& header)
      : choice_(choice), header_(header) {}

  void add(std::string_view block) {
    while (!block.empty()) {
      const std::size_t line_feed = block.find('\n');
      add_part(block.substr(0, line_feed), line_feed != std::string_view::npos);
      if (line_feed == std::string_view::npos) return;
      block.remove_prefix(line_feed + 1);
    }
  }

  RowPage finish() {
    if (!begun_.empty()) end_row(begun_);
    page_.total = lines_ == 0 ? 0 : lines_ - 1;
    return std::move(page_);
  }

 private:
  void add_part(std::string_view part, bool ends_line) {
    // A doubled quote inside a cell flips twice.
    if (std::ranges::count(part, '"') % 2 != 0) quoted_ = !quoted_;
    const bool ends_row = ends_line && !quoted_;
    if (ends_row && begun_.empty()) {
      if (!part.empty()) end_row(part);
      return;
    }
    begun_ += part;
    if (ends_row) {
      end_row(begun_);
      begun_.clear();
    } else if (ends_line) {
      begun_ += '\n';  // of a quoted cell
    }
  }

  void end_row(std::string_view row) {
    const std::uint64_t line = lines_++;  // line 0 is the header
    if (line == 0 && header_) header_(row);
    if (line == 0 || choice_(line - 1, row)) page_.text.append(row).append("\n");
  }

  const RowChoice& choice_;
  const std::function<void(std::string_view)>& header_;
  RowPage page_;
  std::string begun_;  // a row whose end is not read yet
  std::uint64_t lines_ = 0;
  bool quoted_ = false;
};

}  // namespace

RowPage read_rows(ArtifactReader& reader, const RowChoice& choice,
                  const std::function<void(std::string_view)>& header) {
  RowReader rows(choice, header);
  std::string block(block_size, '\0');
  while (const std::size_t size = reader.read(block.data(), block.size())) {
    rows.add(std::string_view(block).substr(0, size));
  }
  return rows.finish();
}

}  // namespace backtest
