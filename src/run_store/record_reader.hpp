// Reads run records out of a query's rows by the names of their columns. A statement that lacks a declared column is a
// bug and stops here, whatever the order of its columns.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/assertion.hpp"
#include "run_store/run_fields.hpp"
#include "run_store/run_tags.hpp"

namespace backtest {

enum class ConfigTexts { left_out, read };

class RecordReader {
 public:
  // `rows.column(name)` is the place of a column, or negative.
  template <typename Rows>
  explicit RecordReader(const Rows& rows, ConfigTexts configs = ConfigTexts::left_out)
      : has_configs_(configs == ConfigTexts::read) {
    const RunRecord any;
    for_each_run_column(any, has_configs_, [&](std::string_view name, RunFieldForm, const auto&) { find(rows, name); });
    find(rows, artifact_manifest_name);
  }

  // `row` has text, integer, real, boolean and their optional forms, each by the place of a column.
  template <typename Row>
  RunRecord read(const Row& row) const {
    RunRecord record;
    std::size_t next = 0;
    for_each_run_column(record, has_configs_,
                        [&](std::string_view, RunFieldForm, auto& value) { take(row, columns_[next++], value); });
    if (record.artifacts) record.artifacts->manifest_sha256 = row.optional_text(columns_[next]).value_or("");
    return record;
  }

 private:
  template <typename Rows>
  void find(const Rows& rows, std::string_view name) {
    columns_.push_back(rows.column(name));
    BACKTEST_ASSERT(columns_.back() >= 0, "the statement gives every column that run_fields declares");
  }

  template <typename Row>
  static void take(const Row& row, int column, std::string& value) {
    value = row.text(column);
  }
  template <typename Row>
  static void take(const Row& row, int column, std::optional<std::string>& value) {
    value = row.optional_text(column);
  }
  template <typename Row>
  static void take(const Row& row, int column, std::vector<std::string>& value) {
    value = tags_of(row.optional_text(column));
  }
  template <typename Row>
  static void take(const Row& row, int column, std::int64_t& value) {
    value = row.integer(column);
  }
  template <typename Row>
  static void take(const Row& row, int column, std::optional<std::int64_t>& value) {
    value = row.optional_integer(column);
  }
  template <typename Row>
  static void take(const Row& row, int column, int& value) {
    value = static_cast<int>(row.integer(column));
  }
  template <typename Row>
  static void take(const Row& row, int column, bool& value) {
    value = row.boolean(column);
  }
  template <typename Row>
  static void take(const Row& row, int column, double& value) {
    value = row.real(column);
  }
  template <typename Row>
  static void take(const Row& row, int column, std::optional<double>& value) {
    value = row.optional_real(column);
  }
  template <typename Row>
  static void take(const Row& row, int column, RunState& value) {
    const auto state = parse_run_state(std::string(row.text(column)));
    BACKTEST_ASSERT(state.has_value(), "the schema admits the five states only");
    value = *state;
  }
  template <typename Row>
  static void take(const Row& row, int column, std::optional<ArtifactPointer>& value) {
    if (auto prefix = row.optional_text(column)) value = ArtifactPointer{std::move(*prefix), ""};
  }

  const bool has_configs_;
  std::vector<int> columns_;  // in the order of for_each_run_column, then the manifest's
};

}  // namespace backtest
