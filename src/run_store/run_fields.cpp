#include "run_store/run_fields.hpp"

namespace backtest {

namespace {

// These bind every member of the structs, or do not compile: a new member needs its line in the declaration.
[[maybe_unused]] void every_member_is_declared(const RunRecord& record, const RunNumbers& numbers) {
  [[maybe_unused]] const auto& [a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19,
                                a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32] = record;
  static_assert(std::tuple_size_v<decltype(run_fields)> == 32, "declare each member of RunRecord once");
  [[maybe_unused]] const auto& [n1, n2, n3, n4, n5, n6, n7] = numbers;
  static_assert(std::tuple_size_v<decltype(run_number_fields)> == 7, "declare each member of RunNumbers once");
}

}  // namespace

RunRecord queued_record(const RunRecord& given, StoreTime submitted_at) {
  RunRecord record;
  const auto copy = [&](const auto& field) { record.*field.member = given.*field.member; };
  for_each_field(submitted_run_fields, copy);
  for_each_field(config_run_fields, copy);
  record.submitted_at = submitted_at;
  record.revision = 1;
  return record;
}

}  // namespace backtest
