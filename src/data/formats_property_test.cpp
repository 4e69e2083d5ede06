// Properties: the order of rows and the format of the file change nothing.
#include <arrow/api.h>
#include <arrow/io/file.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>
#include <rapidcheck/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "base/number_text.hpp"
#include "data/load.hpp"
#include "data/temporary_files_for_tests.hpp"
#include "engine/model/row_kind.hpp"

namespace backtest {
namespace {

struct Row {
  std::int32_t day;
  std::string symbol;
  double open, close;
};

std::vector<Row> arbitrary_rows() {
  const auto price =
      rc::gen::oneOf(rc::gen::map(rc::gen::inRange(1, 1'000'000), [](int ticks) { return ticks / 997.0; }),
                     rc::gen::element(missing, 1e-300, 1e300, 0.1 + 0.2));
  std::vector<Row> rows;
  const std::vector<std::string> symbols = {"A", "NA", "0700", "a,b", "q\"q", "ON"};
  for (int day = 0; day < 8; ++day) {
    for (const std::string& symbol : symbols) {
      if (rows.empty() || *rc::gen::element(true, true, true, false))
        rows.push_back({make_date(2024, 1, 1).days + day * 3, symbol, *price, *price});
    }
  }
  return rows;
}

std::string csv(const std::vector<Row>& rows) {
  std::string text = "date,symbol,open,close\n";
  for (const Row& row : rows) {
    std::string symbol;
    for (const char c : row.symbol) symbol += c == '"' ? "\"\"" : std::string(1, c);
    text +=
        to_text(Date{row.day}) + ",\"" + symbol + "\"," + number_text(row.open) + "," + number_text(row.close) + "\n";
  }
  return text;
}

void write_gzip(const std::string& path, const std::string& text) {
  const gzFile out = gzopen(path.c_str(), "wb");
  gzwrite(out, text.data(), static_cast<unsigned>(text.size()));
  gzclose(out);
}

void write_parquet(const std::string& path, const std::vector<Row>& rows, std::int64_t row_group_rows) {
  arrow::Date32Builder date;
  arrow::StringBuilder symbol;
  arrow::DoubleBuilder open, close;
  const auto append = [](arrow::DoubleBuilder& builder, double value) {
    return std::isnan(value) ? builder.AppendNull() : builder.Append(value);
  };
  for (const Row& row : rows) {
    RC_ASSERT(date.Append(row.day).ok() && symbol.Append(row.symbol).ok() && append(open, row.open).ok() &&
              append(close, row.close).ok());
  }
  const auto schema = arrow::schema({arrow::field("date", arrow::date32()), arrow::field("symbol", arrow::utf8()),
                                     arrow::field("open", arrow::float64()), arrow::field("close", arrow::float64())});
  const auto table =
      arrow::Table::Make(schema, arrow::ArrayVector{*date.Finish(), *symbol.Finish(), *open.Finish(), *close.Finish()});
  const auto out = *arrow::io::FileOutputStream::Open(path);
  RC_ASSERT(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), out, row_group_rows).ok());
  RC_ASSERT(out->Close().ok());
}

std::string fingerprint_of(const std::string& path) {
  LoadRequest request;
  request.price_path = path;
  request.all_symbols = true;
  request.start_date = make_date(2024, 1, 1);
  request.end_date = make_date(2024, 12, 31);
  request.max_gap_bars = 100;
  return load_market_data(request).fingerprint;
}

RC_GTEST_PROP(Formats, CsvGzipAndParquetAreOneTable, ()) {
  const TemporaryFiles files;
  const std::vector<Row> rows = arbitrary_rows();
  const std::string expected = fingerprint_of(files.write("p.csv", csv(rows)));
  write_gzip(files.path("p.csv.gz"), csv(rows));
  RC_ASSERT(fingerprint_of(files.path("p.csv.gz")) == expected);
  write_parquet(files.path("p.parquet"), rows, *rc::gen::inRange(1, 50));
  RC_ASSERT(fingerprint_of(files.path("p.parquet")) == expected);
}

RC_GTEST_PROP(Formats, TheOrderOfRowsDoesNotMatter, ()) {
  const TemporaryFiles files;
  std::vector<Row> rows = arbitrary_rows();
  const std::string expected = fingerprint_of(files.write("p.csv", csv(rows)));
  std::shuffle(rows.begin(), rows.end(), std::mt19937(*rc::gen::arbitrary<unsigned>()));
  RC_ASSERT(fingerprint_of(files.write("q.csv", csv(rows))) == expected);
}

RC_GTEST_PROP(Formats, EveryCellArrives, ()) {
  const TemporaryFiles files;
  const std::vector<Row> rows = arbitrary_rows();
  LoadRequest request;
  request.price_path = files.write("p.csv", csv(rows));
  request.all_symbols = true;
  request.start_date = make_date(2024, 1, 1);
  request.end_date = make_date(2024, 12, 31);
  const Panel panel = load_market_data(request).market.prices;
  std::size_t found = 0;
  for (const Row& row : rows) {
    const auto bar =
        static_cast<std::size_t>(std::ranges::lower_bound(panel.dates, Date{row.day}) - panel.dates.begin());
    const auto instrument = static_cast<InstrumentIndex>(std::ranges::lower_bound(panel.instruments, row.symbol) -
                                                         panel.instruments.begin());
    const double close = panel.close[panel.cell(bar, instrument)];
    RC_ASSERT((std::isnan(row.close) && std::isnan(close)) || close == row.close);
    const bool has_price = !std::isnan(row.close) || !std::isnan(panel.open[panel.cell(bar, instrument)]);
    RC_ASSERT(panel.has_row[panel.cell(bar, instrument)] == (has_price ? row_with_price : row_without_price));
    found += has_price ? 1 : 0;
  }
  RC_ASSERT(static_cast<std::size_t>(std::ranges::count(panel.has_row, row_with_price)) == found);
}

}  // namespace
}  // namespace backtest
