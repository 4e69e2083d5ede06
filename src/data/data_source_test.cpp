// What every kind of source owes its readers, and that the readers ask for nothing else.
#include "data/data_source.hpp"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/diagnostic.hpp"
#include "data/load.hpp"
#include "data/local_sources.hpp"
#include "data/symbol_table.hpp"
#include "data/table.hpp"
#include "data/temporary_files_for_tests.hpp"

namespace backtest {
namespace {

using ::testing::HasSubstr;

// Objects in memory that answer in small pieces, as a remote store may.
class MemorySources final : public DataSources {
 public:
  explicit MemorySources(std::size_t largest_answer) : largest_answer_(largest_answer) {}
  void put(const std::string& path, std::string bytes) { objects_[path] = std::move(bytes); }

  std::shared_ptr<const DataSource> open(const std::string& path) const override {
    const auto found = objects_.find(path);
    if (found == objects_.end()) throw InvalidInput(Diagnostic{.file = path, .message = "the file does not exist"});
    return std::make_shared<Object>(path, found->second, largest_answer_);
  }
  std::vector<SourceEntry> list(const std::string& directory) const override {
    std::vector<SourceEntry> entries;
    for (const auto& [path, bytes] : objects_) {
      if (!path.starts_with(directory + "/")) continue;
      const std::string rest = path.substr(directory.size() + 1);
      const std::string name = rest.substr(0, rest.find('/'));
      if (entries.empty() || entries.back().name != name) entries.push_back({name, rest.contains('/')});
    }
    return entries;
  }
  bool is_directory(const std::string& path) const override { return !list(path).empty(); }

 private:
  class Object final : public DataSource {
   public:
    Object(std::string path, std::string bytes, std::size_t largest_answer)
        : path_(std::move(path)), bytes_(std::move(bytes)), largest_answer_(largest_answer) {}
    const std::string& path() const override { return path_; }
    std::uint64_t size_bytes() const override { return bytes_.size(); }
    std::string identity() const override { return bytes_; }
    std::size_t read(std::uint64_t offset, std::span<char> buffer) const override {
      if (offset >= bytes_.size()) return 0;
      return bytes_.copy(buffer.data(), std::min(buffer.size(), largest_answer_), offset);
    }

   private:
    std::string path_;
    std::string bytes_;
    std::size_t largest_answer_;
  };

  std::map<std::string, std::string> objects_;
  std::size_t largest_answer_;
};

// One kind of sources with the objects a/1.csv, a/2.csv and a/b/3.csv, each holding its own name.
struct Kind {
  std::string name;
  std::function<std::shared_ptr<const DataSources>(const TemporaryFiles&)> make;
};

const std::vector<std::string> objects = {"a/1.csv", "a/2.csv", "a/b/3.csv"};

std::shared_ptr<const DataSources> make_local(const TemporaryFiles& files) {
  std::filesystem::create_directories(files.path("a/b"));
  for (const std::string& name : objects) files.write(name, files.path(name));
  return local_sources();
}

std::shared_ptr<const DataSources> make_in_memory(const TemporaryFiles& files) {
  auto sources = std::make_shared<MemorySources>(3);
  for (const std::string& name : objects) sources->put(files.path(name), files.path(name));
  return sources;
}

class Sources : public ::testing::TestWithParam<Kind> {
 protected:
  const TemporaryFiles files;
  const std::shared_ptr<const DataSources> sources = GetParam().make(files);
};

TEST_P(Sources, ReadAnyRange) {
  const std::string path = files.path("a/1.csv");
  const auto source = sources->open(path);
  EXPECT_EQ(source->path(), path);
  ASSERT_EQ(source->size_bytes(), path.size());
  for (std::size_t offset = 0; offset <= path.size() + 1; ++offset) {
    std::string buffer(path.size() + 5, '?');
    const std::size_t got = source->read(offset, buffer);
    ASSERT_LE(got, buffer.size());
    EXPECT_EQ(got == 0, offset >= path.size()) << offset;
    EXPECT_EQ(buffer.substr(0, got), path.substr(std::min(offset, path.size()), got));
  }
  std::string nothing;
  EXPECT_EQ(source->read(0, nothing), 0U);
}

TEST_P(Sources, IdentityTellsObjectsApart) {
  EXPECT_EQ(sources->open(files.path("a/1.csv"))->identity(), sources->open(files.path("a/1.csv"))->identity());
  EXPECT_NE(sources->open(files.path("a/1.csv"))->identity(), sources->open(files.path("a/2.csv"))->identity());
}

TEST_P(Sources, ListByName) {
  std::string listed;
  for (const SourceEntry& entry : sources->list(files.path("a"))) {
    listed += entry.name + (entry.is_directory ? "/ " : " ");
  }
  EXPECT_EQ(listed, "1.csv 2.csv b/ ");
  EXPECT_TRUE(sources->is_directory(files.path("a")));
  EXPECT_FALSE(sources->is_directory(files.path("a/1.csv")));
  EXPECT_FALSE(sources->is_directory(files.path("absent")));
}

TEST_P(Sources, RefuseWhatIsAbsent) {
  try {
    sources->open(files.path("a/4.csv"));
    FAIL() << "an absent object was opened";
  } catch (const InvalidInput& invalid) {
    EXPECT_THAT(invalid.what(), HasSubstr("a/4.csv: the file does not exist"));
  }
}

INSTANTIATE_TEST_SUITE_P(, Sources, ::testing::Values(Kind{"Local", make_local}, Kind{"InMemory", make_in_memory}),
                         [](const auto& kind) { return kind.param.name; });

// Of an object in memory: what it was told, and what was read after that.
class WatchedObject final : public DataSource {
 public:
  explicit WatchedObject(std::string bytes) : bytes_(std::move(bytes)) {}
  const std::string& path() const override { return path_; }
  std::uint64_t size_bytes() const override { return bytes_.size(); }
  std::string identity() const override { return path_; }
  std::size_t read(std::uint64_t offset, std::span<char> buffer) const override {
    const std::size_t count = offset < bytes_.size() ? bytes_.copy(buffer.data(), buffer.size(), offset) : 0;
    const auto holds = [&](const SourceRange& range) {
      return range.offset <= offset && offset + count <= range.offset + range.size;
    };
    if (!told.empty() && std::ranges::none_of(told, holds)) outside.push_back({.offset = offset, .size = count});
    return count;
  }
  void will_read(std::span<const SourceRange> ranges) const override { told.assign(ranges.begin(), ranges.end()); }

  mutable std::vector<SourceRange> told, outside;

 private:
  const std::string path_ = "prices.parquet";
  const std::string bytes_;
};

class NoRows final : public TableSink {
 public:
  void place(const RowKeys&, std::span<Cell>) override {}
};

// Closes of A: 10 on 2024-01-02, 11.5 on the day after.
std::string parquet_bytes() {
  arrow::Date32Builder dates;
  arrow::StringBuilder symbols;
  arrow::DoubleBuilder closes;
  EXPECT_TRUE(dates.AppendValues({make_date(2024, 1, 2).days, make_date(2024, 1, 3).days}).ok());
  EXPECT_TRUE(symbols.AppendValues({"A", "A"}).ok());
  EXPECT_TRUE(closes.AppendValues({10.0, 11.5}).ok());
  const auto schema = arrow::schema({arrow::field("date", arrow::date32()), arrow::field("symbol", arrow::utf8()),
                                     arrow::field("close", arrow::float64())});
  const auto table = arrow::Table::Make(schema, {*dates.Finish(), *symbols.Finish(), *closes.Finish()});
  const auto out = *arrow::io::BufferOutputStream::Create();
  EXPECT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), out).ok());
  return (*out->Finish())->ToString();
}

// So that a source far away fetches these bytes in large pieces, and no others.
TEST(DataSource, AScanOfParquetSaysWhatItReads) {
  constexpr int groups = 4, rows = 3'000;
  arrow::Date32Builder dates;
  arrow::StringBuilder symbols;
  arrow::DoubleBuilder numbers;
  for (int row = 0; row < groups * rows; ++row) {
    EXPECT_TRUE(dates.Append(make_date(2000, 1, 3).days + row).ok());
    EXPECT_TRUE(symbols.Append("A").ok());
    EXPECT_TRUE(numbers.Append(1.0 + row).ok());
  }
  const auto column = *numbers.Finish();
  const auto schema = arrow::schema({arrow::field("open", arrow::float64()), arrow::field("date", arrow::date32()),
                                     arrow::field("symbol", arrow::utf8()), arrow::field("high", arrow::float64()),
                                     arrow::field("close", arrow::float64())});
  const auto table = arrow::Table::Make(schema, {column, *dates.Finish(), *symbols.Finish(), column, column});
  const auto out = *arrow::io::BufferOutputStream::Create();
  EXPECT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), out, rows).ok());
  const auto object = std::make_shared<WatchedObject>((*out->Finish())->ToString());

  const std::unique_ptr<Table> opened = open_table(object, TableFormat{});
  SymbolTable names;
  NoRows sink;
  TableScan scan;
  scan.date = 1;
  scan.symbol = 2;
  scan.values = {4};
  opened->scan(scan, names, sink);
  EXPECT_EQ(object->told.size(), 3U * groups);
  EXPECT_THAT(object->outside, ::testing::IsEmpty());
  std::uint64_t told_bytes = 0;
  for (const SourceRange& range : object->told) told_bytes += range.size;
  EXPECT_LT(told_bytes, object->size_bytes() * 6 / 10);  // of four columns of numbers and one of equal texts, three
}

TEST(DataSource, ReadersSeeTheInterfaceAlone) {
  const std::string parquet = parquet_bytes();
  for (const std::size_t largest_answer : {std::size_t{1}, std::size_t{7}, std::size_t{1} << 20}) {
    auto sources = std::make_shared<MemorySources>(largest_answer);
    sources->put("prices.parquet", parquet);
    sources->put("prices.csv", "date,symbol,close\n2024-01-02,A,10\n2024-01-03,A,11.5\n");
    for (const char* path : {"prices.parquet", "prices.csv"}) {
      LoadRequest request;
      request.sources = sources;
      request.price_path = path;
      request.all_symbols = true;
      request.start_date = make_date(2024, 1, 1);
      request.end_date = make_date(2024, 12, 31);
      request.fill_policy = FillPolicy::next_close;
      const LoadedData data = load_market_data(request);
      EXPECT_EQ(data.market.prices.instruments, std::vector<std::string>{"A"});
      EXPECT_THAT(data.market.prices.close, ::testing::ElementsAre(10.0, 11.5));
    }
  }
}

}  // namespace
}  // namespace backtest
