#include <gtest/gtest.h>

#include "run_store/history_for_tests.hpp"

namespace backtest {
namespace {

const Lease first{"a", 1, "t1"}, second{"a", 2, "t2"};

HistoryEntry submitted(std::int64_t at) {
  return {.call = Call::submit, .run_id = "a", .begin = at, .end = at, .accepted = true};
}
HistoryEntry claimed(std::int64_t at, const Lease& lease) {
  return {.call = Call::claim, .run_id = "a", .begin = at, .end = at, .accepted = true, .lease = lease};
}
HistoryEntry completed(std::int64_t at, const Lease& lease, bool accepted = true) {
  return {.call = Call::complete,
          .run_id = "a",
          .begin = at,
          .end = at,
          .accepted = accepted,
          .lease = lease,
          .state = accepted ? std::optional(RunState::completed) : std::nullopt,
          .prefix = lease.token};
}
HistoryEntry renewed(std::int64_t begin, std::int64_t end, const Lease& lease) {
  return {.call = Call::renew, .run_id = "a", .begin = begin, .end = end, .accepted = true, .lease = lease};
}
RunRecord ended(RunState state, const std::string& prefix, int attempts) {
  RunRecord record;
  record.run_id = "a";
  record.state = state;
  record.attempts = attempts;
  if (!prefix.empty()) record.artifacts = ArtifactPointer{prefix, ""};
  return record;
}

RunRecord with_nav(RunState state, double nav, int attempts) {
  RunRecord record = ended(state, "", attempts);
  record.progress_nav = nav;
  return record;
}

TEST(History, TellsGoodFromBad) {
  struct Case {
    const char* what;
    std::vector<HistoryEntry> entries;
    std::optional<RunRecord> last;
    std::string violation;  // a part of it; empty = none
  };
  const RunRecord by_first = ended(RunState::completed, "t1", 1), by_second = ended(RunState::completed, "t2", 2);
  const std::vector<Case> cases{
      {"one attempt", {submitted(1), claimed(2, first), completed(3, first)}, by_first, ""},
      {"repeated", {submitted(1), claimed(2, first), completed(3, first), completed(4, first)}, by_first, ""},
      {"lost and done again",
       {submitted(1), claimed(2, first), claimed(3, second), completed(4, first, false), completed(5, second)},
       by_second,
       ""},
      {"the answer was lost", {submitted(1), claimed(2, first), completed(3, first, false)}, by_first, ""},
      {"a renewal that overlaps the next claim",
       {submitted(1), claimed(2, first), claimed(5, second), renewed(3, 6, first), completed(7, second)},
       by_second,
       ""},
      {"the NAV of its only attempt", {submitted(1), claimed(2, first)}, with_nav(RunState::failed, 1.0, 1), ""},
      {"the NAV of an earlier attempt",
       {submitted(1), claimed(2, first), claimed(3, second)},
       with_nav(RunState::failed, 1.0, 2),
       "not its last attempt's"},
      {"gone", {submitted(1)}, std::nullopt, "acknowledged and gone"},
      {"not ended", {submitted(1)}, ended(RunState::queued, "", 0), "has not ended"},
      {"stale completion",
       {submitted(1), claimed(2, first), claimed(3, second), completed(4, first)},
       ended(RunState::completed, "t1", 2),
       "a stale lease was obeyed"},
      {"stale renewal",
       {submitted(1), claimed(2, first), claimed(3, second), renewed(4, 4, first), completed(5, second)},
       by_second,
       "a stale lease was obeyed"},
      {"two publishers",
       {submitted(1), claimed(2, first), claimed(3, second), completed(4, first), completed(5, second)},
       by_second,
       "ended twice"},
      {"another's artifacts", {submitted(1), claimed(2, first), completed(3, first)}, by_second, "published t2"},
      {"overwritten",
       {submitted(1), claimed(2, first), completed(3, first)},
       ended(RunState::failed, "", 1),
       "now it is failed"},
      {"epoch reused",
       {submitted(1), claimed(2, first), claimed(3, Lease{"a", 1, "t2"}), completed(4, first)},
       by_first,
       "epoch used twice"},
      {"epoch went back", {claimed(2, second), claimed(3, first), completed(4, first)}, by_first, "do not grow"},
      {"token reused", {claimed(2, first), claimed(3, Lease{"a", 2, "t1"})}, by_first, "token used twice"},
      {"published by nobody", {submitted(1), claimed(2, first)}, by_first, "what nobody completed"},
      {"uncounted attempts",
       {submitted(1), claimed(2, first), claimed(3, second), completed(4, second)},
       ended(RunState::completed, "t2", 1),
       "counts 1 attempts of 2"},
  };
  for (const Case& c : cases) {
    std::map<std::string, RunRecord> final;
    if (c.last) final.emplace("a", *c.last);
    std::string found;
    for (const std::string& violation : violations(c.entries, final)) found += violation + "\n";
    if (c.violation.empty()) {
      EXPECT_EQ(found, "") << c.what;
    } else {
      EXPECT_NE(found.find(c.violation), std::string::npos) << c.what << ": " << found;
    }
  }
}

TEST(History, OneKeyNamesOneRun) {
  std::vector<HistoryEntry> entries{submitted(1), submitted(2)};
  entries[0].idempotency_key = entries[1].idempotency_key = "key";
  entries[1].run_id = "b";
  std::string found;
  for (const std::string& violation : violations(entries, {})) found += violation;
  EXPECT_NE(found.find("key key named a and b"), std::string::npos) << found;
}

}  // namespace
}  // namespace backtest
