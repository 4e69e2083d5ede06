// A CSV artifact (ART-2): comma, LF, always a header, quotes only where needed, numbers in NUM-8's form, missing empty.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "base/date.hpp"
#include "report/output_file.hpp"

namespace backtest {

class CsvFile {
 public:
  CsvFile(std::filesystem::path path, std::initializer_list<std::string_view> header);

  // Fields of the row under way, in the header's order.
  CsvFile& text(std::string_view value);
  CsvFile& date(Date value);
  CsvFile& number(double value);
  CsvFile& number(std::optional<double> value);
  CsvFile& integer(std::int64_t value);
  void end_row();

  void close() { file_.close(); }

 private:
  void separate();

  OutputFile file_;
  std::size_t columns_;
  std::size_t field_ = 0;
};

}  // namespace backtest
