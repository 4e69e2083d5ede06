#include "object_storage/delta_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/random_id.hpp"
#include "object_storage/azurite_for_tests.hpp"

namespace backtest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

// The log of a table; the kernel opens no file of rows.
const std::string protocol = R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})";
const std::string metadata =
    R"({"metaData":{"id":"7a4","format":{"provider":"parquet","options":{}},"schemaString":"{\"type\":\"struct\",\"fields\":[)"
    R"({\"name\":\"symbol\",\"type\":\"string\",\"nullable\":true,\"metadata\":{}},)"
    R"({\"name\":\"close\",\"type\":\"double\",\"nullable\":false,\"metadata\":{}},)"
    R"({\"name\":\"month\",\"type\":\"string\",\"nullable\":true,\"metadata\":{}}]}",)"
    R"("partitionColumns":["month"],"configuration":{},"createdTime":1700000000000}})";

std::string add(const std::string& path, const std::string& month, const std::string& statistics) {
  return R"({"add":{"path":")" + path + R"(","partitionValues":{"month":)" + month +
         R"(},"size":12,"modificationTime":1700000000000,"dataChange":true,"stats":")" + statistics + "\"}}";
}

std::string commit_name(int version) {
  return "_delta_log/0000000000000000000" + std::to_string(version) + ".json";
}

const std::vector<std::string> commits = {
    protocol + "\n" + metadata + "\n" + add("month=a/1.parquet", "\"a\"", R"({\"numRecords\":3})") + "\n",
    add("month=x%2520y/2.parquet", "\"x y\"", "") + "\n" + add("month=none/3.parquet", "null", "") + "\n",
    R"({"remove":{"path":"month=a/1.parquet","deletionTimestamp":1700000000000,"dataChange":true}})"
    "\n"};

class LocalTable {
 public:
  explicit LocalTable(const std::vector<std::string>& log)
      : directory_(std::filesystem::temp_directory_path() / ("backtest-delta-" + random_hex(12))) {
    std::filesystem::create_directories(directory_ / "_delta_log");
    for (std::size_t version = 0; version < log.size(); ++version) {
      const std::filesystem::path file = directory_ / commit_name(static_cast<int>(version));
      std::ofstream(file) << log[version];
      // A day each, from 2023-11-15.
      std::filesystem::last_write_time(file, std::chrono::file_clock::from_sys(std::chrono::sys_seconds(
                                                 std::chrono::sys_days(std::chrono::year(2023) / 11 / 15))) +
                                                 std::chrono::days(version));
    }
  }
  ~LocalTable() { std::filesystem::remove_all(directory_); }
  LocalTable(const LocalTable&) = delete;
  LocalTable& operator=(const LocalTable&) = delete;
  DeltaTable open(const DeltaMoment& moment = LastDeltaVersion{}) const {
    return open_local_delta_table(directory_, moment, "a test");
  }

 private:
  std::filesystem::path directory_;
};

std::vector<std::string> paths_of(const DeltaTable& table) {
  std::vector<std::string> paths;
  for (const DeltaFile& file : table.files) paths.push_back(file.path);
  return paths;
}

TEST(DeltaTable, HasItsColumnsAndFiles) {
  const DeltaTable table = LocalTable(commits).open();
  EXPECT_EQ(table.version, 2u);
  ASSERT_EQ(table.columns.size(), 3u);
  EXPECT_EQ(table.columns[1].name, "close");
  EXPECT_EQ(table.columns[1].type, "double");
  EXPECT_EQ(table.columns[1].physical_name, "close");
  EXPECT_FALSE(table.columns[1].is_nullable);
  EXPECT_FALSE(table.columns[1].is_partition);
  EXPECT_TRUE(table.columns[2].is_partition);
  EXPECT_THAT(paths_of(table), ElementsAre("month=none/3.parquet", "month=x%20y/2.parquet"));
  EXPECT_THAT(table.files[0].partition_values, IsEmpty());
  EXPECT_THAT(table.files[1].partition_values, ElementsAre(Pair("month", "x y")));
  EXPECT_EQ(table.files[1].size_bytes, 12u);
  EXPECT_EQ(table.files[1].modified_at, 1'700'000'000'000'000);
}

TEST(DeltaTable, IsReadAtAVersionOrATime) {
  const LocalTable table(commits);
  EXPECT_THAT(paths_of(table.open(DeltaVersion{0})), ElementsAre("month=a/1.parquet"));
  EXPECT_THAT(table.open(DeltaVersion{0}).files.at(0).statistics, R"({"numRecords":3})");
  EXPECT_EQ(table.open(DeltaVersion{1}).files.size(), 3u);
  constexpr std::int64_t noon_of_the_second_day = 1'700'136'000'000'000;
  EXPECT_EQ(table.open(DeltaTime{noon_of_the_second_day}).version, 1u);
}

TEST(DeltaTable, IsTheSameInObjectStorage) {
  const auto container = Azurite::shared().create_container();
  for (std::size_t version = 0; version < commits.size(); ++version) {
    container->put("prices/daily/" + commit_name(static_cast<int>(version)), commits[version]);
  }
  // Another table beside it is not seen.
  container->put("prices/daily2/" + commit_name(3), commits[1]);
  const DeltaTable table = open_delta_table(*container, "prices/daily", LastDeltaVersion{});
  EXPECT_EQ(table.version, 2u);
  EXPECT_THAT(paths_of(table), ElementsAre("month=none/3.parquet", "month=x%20y/2.parquet"));
  EXPECT_EQ(open_delta_table(*container, "prices/daily", DeltaVersion{0}).files.size(), 1u);
}

TEST(DeltaTable, ThatCannotBeReadSaysWhy) {
  using Kind = DeltaTableFault::Kind;
  struct Case {
    std::vector<std::string> log;
    DeltaMoment moment;
    Kind kind;
    std::string text;
  };
  const std::string unknown_feature =
      R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["timeMachine"],"writerFeatures":["timeMachine"]}})";
  const Case cases[] = {
      {{}, LastDeltaVersion{}, Kind::not_found, ""},
      {commits, DeltaVersion{7}, Kind::not_found, "7"},
      {{unknown_feature + "\n" + metadata + "\n"}, LastDeltaVersion{}, Kind::unsupported, "timeMachine"},
      {{protocol + "\n" + metadata + "\n" + add("file:///etc/passwd", "null", "") + "\n"},
       LastDeltaVersion{},
       Kind::unsupported,
       "outside"},
      {{protocol + "\n" + metadata + "\n" + add("../x.parquet", "null", "") + "\n"},
       LastDeltaVersion{},
       Kind::unsupported,
       ".."},
      {{"{\n"}, LastDeltaVersion{}, Kind::broken, ""},
  };
  for (const Case& c : cases) {
    try {
      LocalTable(c.log).open(c.moment);
      ADD_FAILURE() << "was read: " << c.text;
    } catch (const DeltaTableFault& fault) {
      EXPECT_EQ(static_cast<int>(fault.kind()), static_cast<int>(c.kind)) << fault.what();
      EXPECT_THAT(fault.what(), HasSubstr(c.text));
    }
  }
}

}  // namespace
}  // namespace backtest
