#include "run_store/run_fields.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "base/broken_invariant.hpp"
#include "run_store/record_reader.hpp"

namespace backtest {
namespace {

TEST(RunFields, NamesAreDeclaredOnce) {
  std::set<std::string_view> names{artifact_manifest_name};
  int columns = 1;
  const RunRecord any;
  for_each_run_column(any, true, [&](std::string_view name, RunFieldForm, const auto&) {
    names.insert(name);
    ++columns;
  });
  EXPECT_EQ(std::ssize(names), columns);
}

// A result whose columns stand in any order; each says its own place.
struct ShuffledColumns {
  std::vector<std::string_view> names;
  int column(std::string_view name) const {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == name) return static_cast<int>(i);
    }
    return -1;
  }
  std::string text(int place) const {
    const std::string name(names[static_cast<std::size_t>(place)]);
    return name == "status" ? "failed" : name;
  }
  std::optional<std::string> optional_text(int place) const { return text(place); }
  std::int64_t integer(int place) const { return place; }
  std::optional<std::int64_t> optional_integer(int place) const { return place; }
  double real(int place) const { return place; }
  std::optional<double> optional_real(int place) const { return place; }
  bool boolean(int) const { return true; }
};

ShuffledColumns backwards() {
  ShuffledColumns columns{{artifact_manifest_name}};
  const RunRecord any;
  for_each_run_column(any, false, [&](std::string_view name, RunFieldForm, const auto&) {
    columns.names.insert(columns.names.begin(), name);
  });
  return columns;
}

TEST(RecordReader, GoesByNamesInAnyOrder) {
  const ShuffledColumns columns = backwards();
  const RunRecord record = RecordReader(columns).read(columns);
  EXPECT_EQ(record.run_id, "run_id");
  EXPECT_EQ(record.adls_prefix, "adls_prefix");
  EXPECT_EQ(record.state, RunState::failed);
  EXPECT_EQ(record.lost_attempts, columns.column("lost_attempts"));
  EXPECT_EQ(record.numbers.trades, columns.column("trades"));
  EXPECT_EQ(record.artifacts, (ArtifactPointer{"artifact_prefix", "manifest_sha256"}));
}

TEST(RecordReader, AMissingColumnIsABug) {
  ShuffledColumns columns = backwards();
  std::erase(columns.names, "submitter");
  EXPECT_THROW(RecordReader{columns}, BrokenInvariant);
}

}  // namespace
}  // namespace backtest
