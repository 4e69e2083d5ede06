// One table in both forms: what is read is the same, and it is what was written.
#include "artifact_table/artifact_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "report/csv_file.hpp"
#include "report/parquet_file.hpp"

namespace backtest {
namespace {

namespace fs = std::filesystem;

class TextReader final : public ArtifactReader {
 public:
  TextReader(std::shared_ptr<const std::string> text, const ByteRange& range)
      : text_(std::move(text)),
        at_(range.begin),
        end_(std::min<std::uint64_t>(range.end.value_or(~0ull), text_->size())) {}
  std::uint64_t size() const override { return text_->size(); }
  std::size_t read(char* buffer, std::size_t capacity) override {
    // In small parts, so that every seam between two of them is seen.
    const std::size_t count = std::min<std::uint64_t>(std::min<std::size_t>(capacity, 7), end_ - at_);
    std::memcpy(buffer, text_->data() + at_, count);
    at_ += count;
    return count;
  }

 private:
  std::shared_ptr<const std::string> text_;
  std::uint64_t at_, end_;
};

OpenArtifact opener(std::string text) {
  return [text = std::make_shared<const std::string>(std::move(text))](const ByteRange& range) {
    return std::make_unique<TextReader>(text, range);
  };
}

OpenArtifact opener_of(const fs::path& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return opener(text.str());
}

std::vector<std::string> texts_of(ArtifactTable& table, std::size_t column) {
  std::vector<std::string> texts;
  while (table.next()) texts.emplace_back(table.text(column));
  return texts;
}

TEST(ArtifactTable, CsvCells) {
  struct Case {
    const char* text;
    std::vector<std::string> cells;  // of the column b
  };
  const Case cases[] = {
      {"a,b\n1,x\n2,y\n", {"x", "y"}},
      {"a,b\n1,x\n2,y", {"x", "y"}},  // no line feed at the end
      {"a,b\r\n1,x\r\n", {"x"}},
      {"a,b\n\n1,x\n\n", {"x"}},  // blank lines
      {"a,b\n1,\"x, \"\"y\"\"\"\n", {"x, \"y\""}},
      {"a,b\n1,\"two\nlines\"\n2,z\n", {"two\nlines", "z"}},
      {"b,a\nx,1\n", {"x"}},
      {"a\n1\n2\n", {"", ""}},  // no such column
      {"a,b\n1\n", {""}},       // a short row
      {"a\n1,2,3\n", {""}},     // a long one
      {"", {}},
      {"a,b\n", {}},
      {"a,b\n,\n", {""}},
  };
  for (const Case& each : cases) {
    const auto table = open_csv_table_artifact(opener(each.text), {"b"});
    EXPECT_EQ(texts_of(*table, 0), each.cells) << each.text;
  }
}

TEST(ArtifactTable, BothFormsHoldTheSame) {
  const fs::path directory = fs::path(testing::TempDir()) / "artifact-table-test";
  fs::remove_all(directory);
  constexpr std::size_t rows = 5'001;  // more than a batch, and not a multiple of one
  std::vector<double> numbers;
  std::vector<std::int64_t> integers;
  std::vector<std::string> dates;
  std::vector<std::int32_t> codes;
  const double missing = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t row = 0; row < rows; ++row) {
    numbers.push_back(row % 10 == 3 ? missing : std::exp(static_cast<double>(row) / 100.0) / 3.0);
    integers.push_back(static_cast<std::int64_t>(row) - 7);
    dates.push_back(to_text(Date{static_cast<std::int32_t>(row)}));
    codes.push_back(static_cast<std::int32_t>(row));
  }
  const ParquetColumn columns[] = {
      {"date", CodedTexts{dates, codes}}, {"number", Numbers{numbers}}, {"count", Integers{integers}}};
  write_parquet(directory / "table.parquet", columns);
  CsvFile csv(directory / "table.csv", {"date", "number", "count"});
  for (std::size_t row = 0; row < rows; ++row) {
    csv.text(dates[row]).number(numbers[row]).integer(integers[row]);
    csv.end_row();
  }
  csv.close();

  const std::vector<std::string_view> wanted = {"count", "date", "nothing", "number"};
  const auto parquet = open_parquet_table_artifact(opener_of(directory / "table.parquet"), wanted);
  const auto text = open_csv_table_artifact(opener_of(directory / "table.csv"), wanted);
  for (std::size_t row = 0; row < rows; ++row) {
    ASSERT_TRUE(parquet->next() && text->next()) << row;
    for (ArtifactTable* table : {parquet.get(), text.get()}) {
      ASSERT_EQ(table->number(0), static_cast<double>(integers[row]));
      ASSERT_EQ(table->text(1), dates[row]);
      ASSERT_TRUE(std::isnan(table->number(2)) && table->text(2).empty());
      const double number = table->number(3);
      ASSERT_TRUE(std::memcmp(&number, &numbers[row], sizeof number) == 0 || std::isnan(numbers[row])) << row;
      ASSERT_EQ(std::isnan(number), std::isnan(numbers[row]));
    }
  }
  EXPECT_FALSE(parquet->next());
  EXPECT_FALSE(text->next());
  fs::remove_all(directory);
}

TEST(ArtifactTable, WhatIsNoParquetFileIsSaidSo) {
  EXPECT_THROW(open_parquet_table_artifact(opener("PAR1 rubbish PAR1"), {"date"}), std::runtime_error);
  EXPECT_THROW(open_parquet_table_artifact(opener(""), {"date"}), std::runtime_error);
}

}  // namespace
}  // namespace backtest
