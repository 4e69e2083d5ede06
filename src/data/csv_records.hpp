// CSV bytes -> records of fields (DATA-6): comma or another delimiter, double quotes with doubled quotes inside, LF,
// CRLF or CR, a byte order mark, blank lines skipped, also those of delimiters alone, as spreadsheets append them.
// Nothing is trimmed and nothing is converted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/byte_stream.hpp"

namespace backtest {

// Records cut from one stretch of the file. Views live until the batch is filled again.
struct CsvBatch {
  std::vector<std::string_view> fields;    // the kept ones, record after record
  std::vector<std::uint64_t> line;         // where each record starts
  std::vector<std::uint32_t> field_count;  // how many fields each record really has

  std::vector<char> text;
  std::deque<std::string> unescaped;  // fields that held doubled quotes

  std::size_t record_count() const { return line.size(); }
};

class CsvRecords {
 public:
  static constexpr std::size_t largest_first_block_bytes = std::size_t{1} << 20;

  // Blocks of about `block_bytes` are read, and larger ones where a record needs it.
  CsvRecords(std::unique_ptr<ByteStream> bytes, std::string path, char delimiter = ',',
             std::uint64_t block_bytes = largest_first_block_bytes);

  // The first record. Throws InvalidInput where there is none or the file is plainly no CSV text.
  std::vector<std::string> read_header();
  // The next record whole; empty at the end of the file. Also of lines that begin a header of several.
  std::vector<std::string> read_record();
  // `slot_of_column[c]` says where field c goes among the `slots` fields kept of each record; -1: not kept. Fields that
  // a record lacks are empty. False at the end of the file. Throws InvalidInput where a quote is never closed.
  bool read_batch(CsvBatch& batch, std::span<const int> slot_of_column, std::size_t slots);

 private:
  struct Cursor {
    const char* at;
    const char* end;  // a line feed stands here, so that scans stop
  };
  enum class Cut { record, nothing, incomplete };

  Cursor fill(CsvBatch& batch);
  const char* field_end(const char* at) const;
  Cut cut_record(CsvBatch& batch, Cursor& cursor, std::span<const int> slot_of_column, std::size_t slots);
  bool cut_quoted(CsvBatch& batch, Cursor& cursor, std::string_view& field);
  bool cut_line_end(Cursor& cursor);
  void check_kind(std::string_view start) const;
  [[noreturn]] void refuse(std::uint64_t line, std::string why) const;

  std::unique_ptr<ByteStream> bytes_;
  std::string path_;
  std::vector<char> carried_;  // read, not yet cut
  std::size_t block_bytes_;
  std::uint64_t line_ = 1;
  char delimiter_;
  std::array<bool, 256> ends_field_{};
  bool at_end_ = false;
};

}  // namespace backtest
