// The fields of a run's record, each declared once: its name, and where it is in RunRecord. Both stores' columns, the
// API's JSON, the pipe to an attempt's process and the tables of the command line are read and written by walking
// these lists, so that nothing depends on an order. A member of RunRecord that is not declared here does not compile;
// a declared one that a store does not keep fails the conformance suite.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "run_store/run_record.hpp"

namespace backtest {

enum class RunFieldForm {
  plain,
  time,      // StoreTime; a timestamp in PostgreSQL, UTC text in answers
  internal,  // not in answers, or there in another form (edge's run_json.cpp)
};

template <typename Value>
struct RunField {
  std::string_view name;
  Value RunRecord::* member;
  RunFieldForm form = RunFieldForm::plain;
};

// Given by whoever submits the run. Its name, tags and note may be edited (RunEdit); the others never change.
inline constexpr std::tuple submitted_run_fields{
    RunField{"run_id", &RunRecord::run_id},
    RunField{"run_name", &RunRecord::run_name},
    RunField{"start_date", &RunRecord::start_date},
    RunField{"end_date", &RunRecord::end_date},
    RunField{"output_dir", &RunRecord::output_dir, RunFieldForm::internal},
    RunField{"adls_container", &RunRecord::adls_container},
    RunField{"adls_prefix", &RunRecord::adls_prefix},
    RunField{"config_sha256", &RunRecord::config_sha256},
    RunField{"submitter", &RunRecord::submitter, RunFieldForm::internal},
    RunField{"priority", &RunRecord::priority},
    RunField{"strategy", &RunRecord::strategy},
    RunField{"tags", &RunRecord::tags},
    RunField{"note", &RunRecord::note},
};
// Given with them. Large: lists leave them out.
inline constexpr std::tuple config_run_fields{
    RunField{"config_json", &RunRecord::config_json, RunFieldForm::internal},
    RunField{"effective_config_json", &RunRecord::effective_config_json, RunFieldForm::internal},
};
// Kept by the store. `artifact_prefix` stands for the pointer, whose other half is artifact_manifest_name, and
// `metrics` for run_number_fields.
inline constexpr std::tuple kept_run_fields{
    RunField{"status", &RunRecord::state},
    RunField{"submitted_at", &RunRecord::submitted_at, RunFieldForm::time},
    RunField{"started_at", &RunRecord::started_at, RunFieldForm::time},
    RunField{"completed_at", &RunRecord::completed_at, RunFieldForm::time},
    RunField{"error", &RunRecord::error, RunFieldForm::internal},
    RunField{"error_code", &RunRecord::error_code},
    RunField{"revision", &RunRecord::revision, RunFieldForm::internal},
    RunField{"attempts", &RunRecord::attempts},
    RunField{"lost_attempts", &RunRecord::lost_attempts},
    RunField{"failed_attempts", &RunRecord::failed_attempts},
    RunField{"cancel_requested", &RunRecord::cancel_requested},
    RunField{"artifact_prefix", &RunRecord::artifacts, RunFieldForm::internal},
    RunField{"metrics", &RunRecord::numbers, RunFieldForm::internal},
    RunField{"progress", &RunRecord::progress, RunFieldForm::internal},
    RunField{"progress_date", &RunRecord::progress_date},
    RunField{"progress_nav", &RunRecord::progress_nav},
    RunField{"bars_per_second", &RunRecord::bars_per_second},
};
inline constexpr std::string_view artifact_manifest_name = "manifest_sha256";
inline constexpr auto run_fields = std::tuple_cat(submitted_run_fields, config_run_fields, kept_run_fields);

// What a run is right after its submission: what was given, and nothing else yet.
RunRecord queued_record(const RunRecord& given, StoreTime submitted_at);

enum class NumberUnit { fraction, ratio, money, count };

template <typename Value>
struct RunNumberField {
  std::string_view name;
  std::optional<Value> RunNumbers::* member;
  std::string_view heading;  // in tables for people
  NumberUnit unit;
  // A column of the list of runs, by which it can be sorted and bounded: each store has an index of it.
  bool is_listed = false;
};

inline constexpr std::tuple run_number_fields{
    RunNumberField{"total_return", &RunNumbers::total_return, "return", NumberUnit::fraction, true},
    RunNumberField{"annualized_return", &RunNumbers::annualized_return, "a year", NumberUnit::fraction},
    RunNumberField{"annualized_volatility", &RunNumbers::annualized_volatility, "volatility", NumberUnit::fraction},
    RunNumberField{"sharpe_ratio", &RunNumbers::sharpe_ratio, "Sharpe", NumberUnit::ratio, true},
    RunNumberField{"max_drawdown", &RunNumbers::max_drawdown, "drawdown", NumberUnit::fraction, true},
    RunNumberField{"final_equity", &RunNumbers::final_equity, "NAV", NumberUnit::money},
    RunNumberField{"trades", &RunNumbers::trades, "trades", NumberUnit::count},
};

template <typename Fields, typename Visit>
constexpr void for_each_field(const Fields& fields, Visit&& visit) {
  std::apply([&](const auto&... field) { (visit(field), ...); }, fields);
}

// Calls visit(name, form, value) for each column of a store: the numbers one by one, the config texts where asked for.
// `record` may be const; then so are the values.
template <typename Record, typename Visit>
void for_each_run_column(Record& record, bool with_configs, Visit&& visit) {
  const auto of_record = [&](const auto& field) { visit(field.name, field.form, record.*field.member); };
  for_each_field(submitted_run_fields, of_record);
  if (with_configs) for_each_field(config_run_fields, of_record);
  for_each_field(kept_run_fields, [&](const auto& field) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(record.*field.member)>, RunNumbers>) {
      for_each_field(run_number_fields, [&](const auto& number) {
        visit(number.name, RunFieldForm::plain, (record.*field.member).*number.member);
      });
    } else {
      of_record(field);
    }
  });
}

}  // namespace backtest
