#include "data/csv_records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/diagnostic.hpp"
#include "data/cell_text.hpp"

namespace backtest {

namespace {

constexpr std::size_t smallest_block_bytes = std::size_t{1} << 12;
constexpr std::size_t longest_record_bytes = std::size_t{1} << 26;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

CsvRecords::CsvRecords(std::unique_ptr<ByteStream> bytes, std::string path, char delimiter, std::uint64_t block_bytes)
    : bytes_(std::move(bytes)),
      path_(std::move(path)),
      block_bytes_(std::clamp<std::uint64_t>(block_bytes, smallest_block_bytes, largest_first_block_bytes)),
      delimiter_(delimiter) {
  for (const char end : {delimiter, '\n', '\r'}) ends_field_[static_cast<unsigned char>(end)] = true;
}

const char* CsvRecords::field_end(const char* at) const {
  while (!ends_field_[static_cast<unsigned char>(*at)]) ++at;
  return at;
}

void CsvRecords::refuse(std::uint64_t line, std::string why) const {
  throw InvalidInput(Diagnostic{.file = path_, .line = line, .message = std::move(why)});
}

// Appends a block of the file to what was carried over.
CsvRecords::Cursor CsvRecords::fill(CsvBatch& batch) {
  batch.fields.clear();
  batch.line.clear();
  batch.field_count.clear();
  batch.unescaped.clear();
  std::size_t filled = carried_.size();
  batch.text.resize(filled + block_bytes_ + 1);
  std::ranges::copy(carried_, batch.text.begin());
  carried_.clear();
  while (!at_end_ && filled + 1 < batch.text.size()) {
    const std::size_t got = bytes_->read(std::span(batch.text).subspan(filled, batch.text.size() - 1 - filled));
    at_end_ = got == 0;
    filled += got;
  }
  batch.text[filled] = '\n';
  return {.at = batch.text.data(), .end = batch.text.data() + filled};
}

std::vector<std::string> CsvRecords::read_header() {
  CsvBatch batch;
  Cursor cursor = fill(batch);
  check_kind({cursor.at, cursor.end});
  if (std::string_view(cursor.at, cursor.end).starts_with(byte_order_mark)) cursor.at += byte_order_mark.size();
  const Cut cut = cut_record(batch, cursor, {}, 0);
  if (cut == Cut::incomplete) refuse(1, "the first line is longer than a megabyte: no header");
  if (cut == Cut::nothing) refuse(1, "the file has no header");
  for (const std::string_view name : batch.fields) {
    if (!is_utf8(name)) refuse(1, "the header is not UTF-8 text");
  }
  carried_.assign(cursor.at, cursor.end);
  return {batch.fields.begin(), batch.fields.end()};
}

std::vector<std::string> CsvRecords::read_record() {
  CsvBatch batch;
  Cursor cursor = fill(batch);
  if (cut_record(batch, cursor, {}, 0) != Cut::record) batch.fields.clear();
  carried_.assign(cursor.at, cursor.end);
  return {batch.fields.begin(), batch.fields.end()};
}

void CsvRecords::check_kind(std::string_view start) const {
  if (start.starts_with("\x1F\x8B")) refuse(0, "is gzip data; a compressed CSV file is named .csv.gz");
  if (start.starts_with("PAR1")) refuse(0, "is a Parquet file; it is named .parquet");
  if (start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF") || start.substr(0, 4096).contains('\0')) {
    refuse(0, "is not UTF-8 text");
  }
}

bool CsvRecords::read_batch(CsvBatch& batch, std::span<const int> slot_of_column, std::size_t slots) {
  while (true) {
    Cursor cursor = fill(batch);
    Cut cut = Cut::record;
    while (cut == Cut::record) cut = cut_record(batch, cursor, slot_of_column, slots);
    carried_.assign(cursor.at, cursor.end);
    if (batch.record_count() > 0) return true;
    if (cut == Cut::nothing && at_end_) return false;
    // One record fills the block: read on with a larger one.
    if (carried_.size() > longest_record_bytes) refuse(line_, "the record that starts here is longer than 64 MiB");
    block_bytes_ = std::max(block_bytes_, carried_.size());
  }
}

// Past "\n", "\r\n" or "\r". False where the end of the text hides what follows a "\r".
bool CsvRecords::cut_line_end(Cursor& cursor) {
  if (cursor.at == cursor.end) return at_end_;
  if (*cursor.at == '\r') {
    ++cursor.at;
    if (cursor.at == cursor.end && !at_end_) return false;
    if (cursor.at != cursor.end && *cursor.at == '\n') ++cursor.at;
  } else {
    ++cursor.at;
  }
  ++line_;
  return true;
}

CsvRecords::Cut CsvRecords::cut_record(CsvBatch& batch, Cursor& cursor, std::span<const int> slot_of_column,
                                       std::size_t slots) {
  const Cursor start = cursor;
  const std::uint64_t start_line = line_;
  const auto give_back = [&] {
    cursor = start;
    line_ = start_line;
    return Cut::incomplete;
  };
  // Blank lines, and lines of empty fields.
  const auto is_blank = [this](char c) { return c == ' ' || c == '\t' || c == delimiter_; };
  while (cursor.at != cursor.end && (*cursor.at == '\n' || *cursor.at == '\r' || is_blank(*cursor.at))) {
    const char* text = cursor.at;
    while (is_blank(*text)) ++text;
    if (text == cursor.end ? !at_end_ : (*text != '\n' && *text != '\r')) break;
    cursor.at = text;
    if (!cut_line_end(cursor)) return give_back();
  }
  if (cursor.at == cursor.end) return at_end_ ? Cut::nothing : (cursor = start, line_ = start_line, Cut::incomplete);

  const std::uint64_t record_line = line_;
  const std::size_t first_field = batch.fields.size();
  const bool keep_all = slot_of_column.empty();
  if (!keep_all) batch.fields.resize(first_field + slots);
  std::uint32_t column = 0;
  while (true) {
    std::string_view field;
    if (*cursor.at == '"' && cursor.at != cursor.end) {
      if (!cut_quoted(batch, cursor, field)) {
        batch.fields.resize(first_field);
        return give_back();
      }
    } else {
      const char* const end = field_end(cursor.at);
      field = {cursor.at, end};
      cursor.at = end;
    }
    if (keep_all) {
      batch.fields.push_back(field);
    } else if (column < slot_of_column.size() && slot_of_column[column] >= 0) {
      batch.fields[first_field + static_cast<std::size_t>(slot_of_column[column])] = field;
    }
    ++column;
    if (cursor.at != cursor.end && *cursor.at == delimiter_) {
      ++cursor.at;
      continue;
    }
    if (!cut_line_end(cursor)) {
      batch.fields.resize(first_field);
      return give_back();
    }
    break;
  }
  batch.line.push_back(record_line);
  batch.field_count.push_back(column);
  return Cut::record;
}

// At an opening quote. False where the text ends before the closing one and more may come.
bool CsvRecords::cut_quoted(CsvBatch& batch, Cursor& cursor, std::string_view& field) {
  const std::uint64_t quote_line = line_;
  const char* const begin = ++cursor.at;
  bool has_doubled = false;
  while (true) {
    const auto* quote =
        static_cast<const char*>(std::memchr(cursor.at, '"', static_cast<std::size_t>(cursor.end - cursor.at)));
    if (quote == nullptr) {
      if (at_end_) refuse(quote_line, "the quote opened on this line is never closed");
      return false;
    }
    cursor.at = quote + 1;
    if (cursor.at == cursor.end && !at_end_) return false;
    if (cursor.at == cursor.end || *cursor.at != '"') break;
    has_doubled = true;
    ++cursor.at;
  }
  field = {begin, cursor.at - 1};
  for (std::size_t i = 0; i < field.size(); ++i) {
    const bool line_end = field[i] == '\n' || (field[i] == '\r' && (i + 1 == field.size() || field[i + 1] != '\n'));
    line_ += line_end ? 1 : 0;
  }
  if (has_doubled) {
    std::string& text = batch.unescaped.emplace_back();
    for (std::size_t i = 0; i < field.size(); ++i) {
      text += field[i];
      if (field[i] == '"') ++i;
    }
    field = text;
  }
  if (!ends_field_[static_cast<unsigned char>(*cursor.at)]) refuse(line_, "text follows a closing quote");
  return true;
}

}  // namespace backtest
