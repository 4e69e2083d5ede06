// How long the store's calls take in the database, by what they do. The set is fixed, so that a chart has few lines.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

#include "base/duration_histogram.hpp"
#include "postgres/postgres_error.hpp"

namespace backtest {

enum class StatementName {
  submit,
  claim,
  renew,
  complete,
  fail,
  release,
  finish_cancel,
  cancel,
  edit,
  reclaim,
  get,
  list,
  events,
  current_lease,
  remove,
  counts,
  check,  // schema, grants, time: what readiness asks for
  audit,
  notices,
  index_texts,
  index_numbers,
  access,  // keys, and what callers did
};
inline constexpr std::array<std::string_view, 22> statement_names = {
    "submit", "claim",   "renew",   "complete",    "fail",          "release",       "finish_cancel", "cancel",
    "edit",   "reclaim", "get",     "list",        "events",        "current_lease", "remove",        "counts",
    "check",  "audit",   "notices", "index_texts", "index_numbers", "access"};
static_assert(statement_names.size() == static_cast<std::size_t>(StatementName::access) + 1);

class StatementTimes {
 public:
  // From the moment when a connection is there to the answer, or to the fault.
  DurationHistogram& of(StatementName name) { return times_[static_cast<std::size_t>(name)]; }
  const DurationHistogram& of(StatementName name) const { return times_[static_cast<std::size_t>(name)]; }

  void count_fault(PostgresError::Kind kind) { ++faults_[static_cast<std::size_t>(kind)]; }
  std::uint64_t faults(PostgresError::Kind kind) const { return faults_[static_cast<std::size_t>(kind)]; }

 private:
  std::array<DurationHistogram, statement_names.size()> times_;
  std::array<std::atomic<std::uint64_t>, 4> faults_{};  // by kind
};

}  // namespace backtest
