#include "report/csv_file.hpp"

#include "base/assertion.hpp"
#include "base/number_text.hpp"

namespace backtest {

CsvFile::CsvFile(std::filesystem::path path, std::initializer_list<std::string_view> header)
    : file_(std::move(path)), columns_(header.size()) {
  for (const std::string_view name : header) text(name);
  end_row();
}

void CsvFile::separate() {
  if (field_++ > 0) file_.buffer() += ',';
}

CsvFile& CsvFile::text(std::string_view value) {
  separate();
  std::string& out = file_.buffer();
  if (value.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += value;
    return *this;
  }
  out += '"';
  for (const char c : value) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
  return *this;
}

CsvFile& CsvFile::date(Date value) {
  separate();
  file_.buffer() += to_text(value);
  return *this;
}

CsvFile& CsvFile::number(double value) {
  separate();
  append_number(file_.buffer(), value);
  return *this;
}

CsvFile& CsvFile::number(std::optional<double> value) {
  separate();
  if (value) append_number(file_.buffer(), *value);
  return *this;
}

CsvFile& CsvFile::integer(std::int64_t value) {
  separate();
  file_.buffer() += std::to_string(value);
  return *this;
}

void CsvFile::end_row() {
  BACKTEST_ASSERT(field_ == columns_, "a row has the header's fields");
  field_ = 0;
  file_.buffer() += '\n';
  file_.flush_when_large();
}

}  // namespace backtest
