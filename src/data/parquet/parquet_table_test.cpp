// Parquet as other tools write it: kinds of dates, symbols and numbers.
#include <arrow/api.h>
#include <arrow/io/file.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include <cmath>

#include "data/load.hpp"
#include "data/temporary_files_for_tests.hpp"

namespace backtest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Column = std::pair<std::string, std::shared_ptr<arrow::Array>>;

template <typename Builder, typename Value>
std::shared_ptr<arrow::Array> array(Builder&& builder, const std::vector<std::optional<Value>>& values) {
  for (const auto& value : values) {
    const arrow::Status status = value ? builder.Append(*value) : builder.AppendNull();
    EXPECT_TRUE(status.ok());
  }
  return *builder.Finish();
}

std::shared_ptr<arrow::Array> texts(const std::vector<std::optional<std::string>>& values) {
  return array(arrow::StringBuilder(), values);
}
std::shared_ptr<arrow::Array> doubles(const std::vector<std::optional<double>>& values) {
  return array(arrow::DoubleBuilder(), values);
}
std::shared_ptr<arrow::Array> days(const std::vector<std::optional<std::int32_t>>& values) {
  return array(arrow::Date32Builder(), values);
}
std::shared_ptr<arrow::Array> stamps(arrow::TimeUnit::type unit, const std::string& zone,
                                     const std::vector<std::optional<std::int64_t>>& values) {
  return array(arrow::TimestampBuilder(arrow::timestamp(unit, zone), arrow::default_memory_pool()), values);
}

const std::int32_t second_of_january = make_date(2024, 1, 2).days;
constexpr std::int64_t seconds_per_day = 86'400;

class ParquetFile : public ::testing::Test {
 protected:
  LoadRequest write(const std::vector<Column>& columns, std::int64_t row_group_rows = 2) {
    arrow::FieldVector fields;
    arrow::ArrayVector arrays;
    for (const auto& [name, values] : columns) {
      fields.push_back(arrow::field(name, values->type()));
      arrays.push_back(values);
    }
    const auto table = arrow::Table::Make(arrow::schema(fields), arrays);
    const auto out = *arrow::io::FileOutputStream::Open(files.path("p.parquet"));
    const auto properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    EXPECT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), out, row_group_rows,
                                           parquet::default_writer_properties(), properties)
                    .ok());
    EXPECT_TRUE(out->Close().ok());
    LoadRequest request;
    request.price_path = files.path("p.parquet");
    request.all_symbols = true;
    request.start_date = make_date(2000, 1, 1);
    request.end_date = make_date(2030, 12, 31);
    request.fill_policy = FillPolicy::same_close;
    return request;
  }
  Panel load(const std::vector<Column>& columns) { return load_market_data(write(columns)).market.prices; }
  std::string error(const std::vector<Column>& columns) {
    try {
      load(columns);
    } catch (const InvalidInput& invalid) {
      return invalid.what();
    }
    return "";
  }
  TemporaryFiles files;
};

TEST_F(ParquetFile, KindsOfDates) {  // DATA-10
  const std::int64_t noon = second_of_january * seconds_per_day + 12 * 3600;
  const std::vector<std::shared_ptr<arrow::Array>> kinds = {
      days({second_of_january}),
      array(arrow::Date64Builder(),
            std::vector<std::optional<std::int64_t>>{second_of_january * seconds_per_day * 1000}),
      stamps(arrow::TimeUnit::SECOND, "", {noon}),
      stamps(arrow::TimeUnit::MILLI, "", {noon * 1'000}),
      stamps(arrow::TimeUnit::MICRO, "UTC", {noon * 1'000'000}),
      stamps(arrow::TimeUnit::NANO, "+00:00", {noon * 1'000'000'000}),
      texts({"2024-01-02"}),
      texts({"2024-01-02T23:59:59+09:00"})};
  for (const auto& kind : kinds) {
    SCOPED_TRACE(kind->type()->ToString());
    EXPECT_THAT(load({{"date", kind}, {"symbol", texts({"A"})}, {"close", doubles({1})}}).dates,
                ElementsAre(make_date(2024, 1, 2)));
  }
}

TEST_F(ParquetFile, AZonedTimestampIsTheDateOfItsOwnClocks) {  // W-35
  const std::int64_t tokyo_midnight = second_of_january * seconds_per_day - 9 * 3600;
  const std::int64_t new_york_close = second_of_january * seconds_per_day + (16 + 5) * 3600;
  const std::int64_t late_in_new_york = second_of_january * seconds_per_day + (22 + 5) * 3600;
  const auto date_of = [&](const std::string& zone, std::int64_t second) {
    return load({{"date", stamps(arrow::TimeUnit::NANO, zone, {second * 1'000'000'000})},
                 {"symbol", texts({"A"})},
                 {"close", doubles({1})}})
        .dates.at(0);
  };
  EXPECT_EQ(date_of("Asia/Tokyo", tokyo_midnight), make_date(2024, 1, 2));
  EXPECT_EQ(date_of("+09:00", tokyo_midnight), make_date(2024, 1, 2));
  EXPECT_EQ(date_of("America/New_York", new_york_close), make_date(2024, 1, 2));
  EXPECT_EQ(date_of("America/New_York", late_in_new_york), make_date(2024, 1, 2));
  EXPECT_EQ(date_of("-05:00", late_in_new_york), make_date(2024, 1, 2));
  EXPECT_EQ(date_of("UTC", late_in_new_york), make_date(2024, 1, 3));
  EXPECT_THAT(error({{"date", stamps(arrow::TimeUnit::NANO, "Mars/Olympus", {1})},
                     {"symbol", texts({"A"})},
                     {"close", doubles({1})}}),
              HasSubstr("Mars/Olympus"));
}

TEST_F(ParquetFile, KindsOfSymbols) {  // W-35
  const auto dates = days({second_of_january, second_of_january, second_of_january + 1});
  const auto closes = doubles({1, 2, 3});
  const auto instruments = [&](std::shared_ptr<arrow::Array> symbols) {
    return load({{"date", dates}, {"symbol", std::move(symbols)}, {"close", closes}}).instruments;
  };
  EXPECT_THAT(instruments(texts({"NA", "0700", "NA"})), ElementsAre("0700", "NA"));
  EXPECT_THAT(
      instruments(array(arrow::LargeStringBuilder(), std::vector<std::optional<std::string>>{"NA", "0700", "NA"})),
      ElementsAre("0700", "NA"));
  EXPECT_THAT(instruments(array(arrow::Int64Builder(), std::vector<std::optional<std::int64_t>>{700, 5, 700})),
              ElementsAre("5", "700"));
  EXPECT_THAT(instruments(array(arrow::FixedSizeBinaryBuilder(arrow::fixed_size_binary(4)),
                                std::vector<std::optional<std::string>>{std::string("NA\0\0", 4), "0700", "NA  "})),
              ElementsAre("0700", "NA"));
  const auto indices = array(arrow::Int8Builder(), std::vector<std::optional<std::int8_t>>{2, 0, 2});
  EXPECT_THAT(instruments(*arrow::DictionaryArray::FromArrays(indices, texts({"ON", "unused", "AAA"}))),
              ElementsAre("AAA", "ON"));
}

TEST_F(ParquetFile, KindsOfNumbers) {
  const auto close_of = [&](std::shared_ptr<arrow::Array> values) {
    const Panel panel = load({{"date", days({second_of_january, second_of_january + 1, second_of_january + 2})},
                              {"symbol", texts({"A", "A", "A"})},
                              {"CLOSE", std::move(values)}});
    std::vector<double> cells;
    for (const double value : panel.close) cells.push_back(std::isnan(value) ? -1 : value);
    return cells;
  };
  EXPECT_THAT(close_of(doubles({1.5, std::nullopt, std::nan("")})), ElementsAre(1.5, -1, -1));
  EXPECT_THAT(close_of(array(arrow::FloatBuilder(), std::vector<std::optional<float>>{0.5F, std::nullopt, 2.0F})),
              ElementsAre(0.5, -1, 2));
  EXPECT_THAT(close_of(array(arrow::Int32Builder(), std::vector<std::optional<std::int32_t>>{7, std::nullopt, -1})),
              ElementsAre(7, -1, -1));
  EXPECT_THAT(close_of(array(arrow::Decimal128Builder(arrow::decimal128(10, 4)),
                             std::vector<std::optional<arrow::Decimal128>>{arrow::Decimal128(123456), std::nullopt,
                                                                           arrow::Decimal128(1)})),
              ElementsAre(12.3456, -1, 0.0001));
  EXPECT_THAT(close_of(texts({"1.5", "N/A", std::nullopt})), ElementsAre(1.5, -1, -1));
}

// Nested columns have several leaves: what stands behind them is found by its own place.
TEST_F(ParquetFile, NestedColumnsBeforeThePricesShiftNothing) {
  const auto notes = *arrow::StructArray::Make({texts({"a", "b"}), doubles({7.0, 8.0}), doubles({5.0, 6.0})},
                                               std::vector<std::string>{"who", "volume", "open"});
  EXPECT_THAT(load({{"notes", notes},
                    {"date", days({second_of_january, second_of_january + 1})},
                    {"symbol", texts({"A", "A"})},
                    {"close", doubles({10.0, 11.0})}})
                  .close,
              ElementsAre(10.0, 11.0));
}

TEST_F(ParquetFile, WrongRowsAreNamedByTheirNumber) {
  EXPECT_THAT(error({{"date", days({1, std::nullopt, 3})},
                     {"symbol", texts({"A", "A", std::nullopt})},
                     {"close", texts({"ten", "1", "1"})}}),
              ::testing::AllOf(HasSubstr("p.parquet:2:date: the date is missing"),
                               HasSubstr("p.parquet:3:symbol: the symbol is missing")));
  EXPECT_THAT(error({{"date", days({second_of_january, second_of_january + 1, second_of_january})},
                     {"symbol", texts({"A", "A", "A"})},
                     {"close", texts({"1", "ten", "1"})}}),
              ::testing::AllOf(HasSubstr("p.parquet:2:close: 'ten' is not a number"),
                               HasSubstr("p.parquet:3: a second row of A on 2024-01-02")));
}

TEST_F(ParquetFile, WrongTypesAreNamed) {
  const auto numbers = array(arrow::Int64Builder(), std::vector<std::optional<std::int64_t>>{20240102});
  EXPECT_THAT(error({{"date", numbers}, {"symbol", texts({"A"})}, {"close", doubles({1})}}),
              HasSubstr("p.parquet:date: holds int64 and no dates"));
  EXPECT_THAT(error({{"date", days({1})}, {"symbol", doubles({1})}, {"close", days({1})}}),
              HasSubstr("p.parquet:symbol: holds double and no symbols"));
  EXPECT_THAT(error({{"date", days({second_of_january})}, {"symbol", texts({"A"})}, {"close", days({1})}}),
              HasSubstr("p.parquet:close: holds date32[day] and no numbers"));
}

TEST_F(ParquetFile, ATruncatedFileIsRefused) {
  const LoadRequest request =
      write({{"date", days({second_of_january})}, {"symbol", texts({"A"})}, {"close", doubles({1})}});
  const auto whole = std::filesystem::file_size(request.price_path);
  for (std::uintmax_t size = 1; size < whole; size += 7) {
    std::filesystem::resize_file(request.price_path, whole - size);
    EXPECT_THROW(load_market_data(request), InvalidInput) << size;
  }
}

TEST_F(ParquetFile, TargetWeights) {
  LoadRequest request = write({{"weight", doubles({0.25, 9, -0.5})},
                               {"Date", days({second_of_january + 1, second_of_january - 400, second_of_january + 1})},
                               {"ticker", texts({"B", "A", "A"})}});
  request.target_paths = {request.price_path};
  request.price_path = files.write("p.csv", "date,symbol,close\n2024-01-02,A,1\n2024-01-03,A,1\n2024-01-03,B,1\n");
  request.start_date = make_date(2024, 1, 2);
  const std::vector<TargetTable> targets = load_market_data(request).market.targets;
  ASSERT_EQ(targets.at(0).decisions.size(), 1U);
  EXPECT_EQ(targets[0].decisions[0].bar, 1U);
  EXPECT_THAT(targets[0].decisions[0].weights, ElementsAre(InstrumentWeight{0, -0.5}, InstrumentWeight{1, 0.25}));
}

TEST_F(ParquetFile, Wide) {
  LoadRequest request = write({{"Date", days({second_of_january, second_of_january + 1})},
                               {"A", doubles({1, std::nullopt})},
                               {"B", doubles({2, 3})}});
  request.wide = true;
  EXPECT_THAT(load_market_data(request).market.prices.has_row, ElementsAre(1, 1, 0, 1));
}

}  // namespace
}  // namespace backtest
