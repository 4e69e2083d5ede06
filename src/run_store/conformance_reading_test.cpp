// What a RunStore tells about its runs.
#include <gtest/gtest.h>

#include <set>

#include "run_store/store_for_tests.hpp"

namespace backtest {
namespace {

using Ids = std::vector<std::string>;

class RunStoreReading : public RunStoreFixture {};

TEST_P(RunStoreReading, ReadsNothingOfAnUnknownRun) {
  EXPECT_EQ(store_.get("none"), std::nullopt);
  EXPECT_TRUE(store_.events("none", 0).empty());
  EXPECT_EQ(store_.current_lease("none"), std::nullopt);
  EXPECT_EQ(store_.remove("none").error(), RemoveError::not_found);
  submit("a");
  std::set<std::string> found;
  for (const RunRecord& run : store_.get_many({"none", "a"})) found.insert(run.run_id);
  EXPECT_EQ(found, std::set<std::string>{"a"});
}

TEST_P(RunStoreReading, ListsTheLatestFirstPageByPage) {
  Ids expected;
  for (int i = 0; i < 7; ++i) {
    submit("run" + std::to_string(i));
    expected.insert(expected.begin(), "run" + std::to_string(i));
  }
  Ids found;
  std::optional<ListCursor> after;
  int pages = 0;
  do {
    const ListPage page = store_.list({}, after, 3);
    for (const RunRecord& run : page.runs) {
      found.push_back(run.run_id);
      EXPECT_TRUE(run.config_json.empty() && run.effective_config_json.empty());
    }
    after = page.next;
    ++pages;
    if (pages == 1) submit("later");  // does not shift the pages that follow
  } while (after);
  EXPECT_EQ(found, expected);
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(store_.list({}, std::nullopt, 8).next, std::nullopt) << "the last page, though it is full";
}

TEST_P(RunStoreReading, ListsFromAnOffset) {
  for (const char* id : {"a", "b", "c", "d"}) submit(id);
  Ids found;
  for (const RunRecord& run : store_.list_offset({}, 1, 2).runs) found.push_back(run.run_id);
  EXPECT_EQ(found, (Ids{"c", "b"}));
  EXPECT_TRUE(store_.list_offset({}, 4, 2).runs.empty());
}

TEST_P(RunStoreReading, FiltersByTextAsItStands) {  // STO-2 without wildcards
  const auto submit_named = [&](const std::string& id, std::optional<std::string> name) {
    Submission named = submission(id);
    named.record.run_name = std::move(name);
    ASSERT_TRUE(store_.submit(named, {}));
    under_test_->advance(milliseconds(1));
  };
  submit_named("RUN1", "Momentum 100%");
  submit_named("RUN2", "mean_reversion");
  submit_named("run3", std::nullopt);
  submit_named("RUN4", "back\\slash");
  struct Case {
    std::string text;
    Ids ids;
  };
  for (const Case& c :
       {Case{"", {"RUN4", "run3", "RUN2", "RUN1"}}, Case{"  ", {"RUN4", "run3", "RUN2", "RUN1"}},
        Case{"run", {"RUN4", "run3", "RUN2", "RUN1"}}, Case{"MOMENTUM", {"RUN1"}}, Case{"N2", {"RUN2"}},
        Case{"%", {"RUN1"}}, Case{"_", {"RUN2"}}, Case{"\\", {"RUN4"}}, Case{"m%m", {}}, Case{"n_r", {"RUN2"}},
        Case{"'", {}}, Case{"nothing", {}}, Case{std::string(100'000, 'x'), {}}}) {
    EXPECT_EQ(list_ids({.state = std::nullopt, .text = c.text}), c.ids) << c.text.substr(0, 20);
  }
}

TEST_P(RunStoreReading, FiltersByStateAndByTheTimeOfTheEnd) {
  for (const char* id : {"a", "b", "c", "d"}) submit(id);
  const auto claimed = claim(2);
  ASSERT_EQ(claimed.size(), 2u);
  ASSERT_TRUE(store_.complete(claimed[0].lease, completion(claimed[0].lease)));
  under_test_->advance(milliseconds(5));
  const StoreTime between = store_.now();
  under_test_->advance(milliseconds(5));
  ASSERT_TRUE(store_.complete(claimed[1].lease, completion(claimed[1].lease)));
  EXPECT_EQ(list_ids({.state = RunState::queued}), (Ids{"d", "c"}));
  EXPECT_EQ(list_ids({.state = RunState::completed}), (Ids{"b", "a"}));
  EXPECT_EQ(list_ids({.state = RunState::completed, .text = "B"}), Ids{"b"});
  EXPECT_EQ(list_ids({.state = RunState::failed}), Ids{});
  EXPECT_EQ(list_ids({.state = RunState::completed, .text = "", .completed_before = between}), Ids{"a"});
  EXPECT_EQ(list_ids({.state = std::nullopt, .text = "", .completed_before = between}), Ids{"a"});
}

TEST_P(RunStoreReading, CountsRunsByState) {
  EXPECT_EQ(store_.counts().oldest_queued_s, std::nullopt);
  for (const char* id : {"a", "b", "c", "d", "e"}) submit(id);
  const auto claimed = claim(3);
  ASSERT_EQ(claimed.size(), 3u);
  ASSERT_TRUE(store_.complete(claimed[0].lease, completion(claimed[0].lease)));
  ASSERT_TRUE(store_.fail(claimed[1].lease, {.code = "c", .message = "m"}));
  store_.cancel("e");
  under_test_->advance(milliseconds(100));
  const Counts counts = store_.counts();
  EXPECT_EQ(counts.queued, 1);
  EXPECT_EQ(counts.running, 1);
  EXPECT_EQ(counts.completed, 1);
  EXPECT_EQ(counts.failed, 1);
  EXPECT_EQ(counts.cancelled, 1);
  EXPECT_GE(counts.oldest_queued_s.value_or(0), 0.1);
  EXPECT_GE(counts.oldest_lease_s.value_or(0), 0.1);
  ASSERT_TRUE(store_.remove("a"));
  EXPECT_EQ(store_.counts().completed, 0);
}

TEST_P(RunStoreReading, TellsEveryChangeOfStateOnce) {
  submit("a");
  const Lease first = claim_one();
  ASSERT_TRUE(store_.release(first));
  const Lease second = claim_one();
  ASSERT_TRUE(store_.complete(second, completion(second)));
  ASSERT_TRUE(store_.complete(second, completion(second)));
  std::vector<RunState> states;
  std::int64_t sequence = 0;
  for (const RunEvent& event : store_.events("a", 0)) {
    EXPECT_GT(event.sequence, sequence);
    sequence = event.sequence;
    EXPECT_EQ(event.run_id, "a");
    states.push_back(event.state);
  }
  EXPECT_EQ(states, (std::vector{RunState::queued, RunState::running, RunState::queued, RunState::running,
                                 RunState::completed}));
  const auto events = store_.events("a", 0);
  EXPECT_EQ(events[1].epoch, first.epoch);
  EXPECT_EQ(events.back().epoch, second.epoch);
  EXPECT_EQ(store_.events("a", events[2].sequence).size(), 2u);
  EXPECT_TRUE(store_.events("a", sequence).empty());
}

TEST_P(RunStoreReading, AdvancesTheRevisionWithEveryChange) {
  submit("a");
  std::int64_t revision = store_.get("a")->revision;
  const auto advanced = [&](const char* what) {
    const std::int64_t now = store_.get("a")->revision;
    EXPECT_GT(now, revision) << what;
    revision = now;
  };
  const Lease lease = claim_one();
  advanced("claim");
  renew(lease);
  EXPECT_EQ(store_.get("a")->revision, revision) << "renewals change no state";
  store_.cancel("a");
  advanced("cancel request");
  store_.finish_cancel(lease);
  advanced("cancelled");
}

TEST_P(RunStoreReading, RemovesOnlyWhatIsOver) {
  submit("a");
  EXPECT_EQ(store_.remove("a").error(), RemoveError::not_terminal);
  const Lease lease = claim_one();
  EXPECT_EQ(store_.remove("a").error(), RemoveError::not_terminal);
  ASSERT_TRUE(store_.complete(lease, completion(lease)));
  EXPECT_TRUE(store_.remove("a"));
  EXPECT_EQ(store_.get("a"), std::nullopt);
  EXPECT_TRUE(store_.events("a", 0).empty());
  EXPECT_EQ(list_ids({}), Ids{});
  EXPECT_FALSE(store_.complete(lease, completion(lease)));
  submit("a");  // the id is free
  EXPECT_EQ(accepted_writes(lease), Ids{});
}

TEST_P(RunStoreReading, SharesRunsBetweenProcesses) {
  const auto other = under_test_->another();
  other->ping();
  submit("a");
  ASSERT_TRUE(other->submit(submission("b"), {}));
  EXPECT_EQ(claim_ids(1), Ids{"a"});
  const auto claimed =
      other->claim({.worker_id = "3c6a5e9e-0f5d-4f0c-9a44-2f1de3a1b002", .limit = 9, .lease_duration = lease_duration});
  ASSERT_EQ(claimed.size(), 1u);
  EXPECT_EQ(claimed[0].lease.run_id, "b");
  EXPECT_EQ(renew(claimed[0].lease), LeaseState::held);  // a lease is known by its token, not by who carries it
  EXPECT_EQ(other->list({}, std::nullopt, 9).runs.size(), 2u);
}

INSTANTIATE_TEST_SUITE_P(Backend, RunStoreReading, testing::ValuesIn(run_store_backends()),
                         [](const auto& info) { return info.param.name; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RunStoreReading);

}  // namespace
}  // namespace backtest
