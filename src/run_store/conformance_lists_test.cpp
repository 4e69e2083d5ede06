// What lists are filtered and ordered by, what people change of a run, and the news of its end.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "run_store/store_for_tests.hpp"

namespace backtest {
namespace {

using Ids = std::vector<std::string>;

// Five runs that differ in what lists are asked for; three of them completed, with numbers.
class RunStoreLists : public RunStoreFixture {
 protected:
  void SetUp() override {
    add("a", "ada", "TopN", {"live"}, RunNumbers{.total_return = 0.10, .sharpe_ratio = 1.0, .max_drawdown = -0.10});
    add("b", "ada", "TopN", {"live", "review"},
        RunNumbers{.total_return = 0.30, .sharpe_ratio = 0.5, .max_drawdown = -0.30});
    add("c", "bob", "Configured", {},
        RunNumbers{.total_return = 0.20, .sharpe_ratio = std::nullopt, .max_drawdown = -0.20});
    add("d", "bob", "TopN", {"review"}, std::nullopt);
    add("e", "bob", std::nullopt, {}, std::nullopt);
  }
  void add(const std::string& id, const std::string& submitter, std::optional<std::string> strategy,
           std::vector<std::string> tags, const std::optional<RunNumbers>& numbers) {
    Submission given = submission(id, submitter);
    given.record.strategy = std::move(strategy);
    given.record.tags = std::move(tags);
    ASSERT_TRUE(store_.submit(given, {}));
    under_test_->advance(milliseconds(1));
    if (!numbers) return;
    const Lease lease = claim_one();
    Completion done = completion(lease);
    done.numbers = *numbers;
    ASSERT_TRUE(store_.complete(lease, done));
  }
  // The same list page by page; whatever the size of pages, it is one list.
  Ids listed(const ListFilter& filter) {
    const Ids whole = list_ids(filter);
    for (const int limit : {1, 2}) {
      Ids paged;
      std::optional<ListCursor> after;
      do {
        const ListPage page = store_.list(filter, after, limit);
        for (const RunRecord& run : page.runs) paged.push_back(run.run_id);
        after = page.next;
      } while (after);
      EXPECT_EQ(paged, whole) << "in pages of " << limit;
    }
    return whole;
  }
};

TEST_P(RunStoreLists, FilterByWhatPeopleKnow) {
  const StoreTime of_c = store_.get("c")->submitted_at;
  struct Case {
    const char* what;
    ListFilter filter;
    Ids ids;
  };
  for (const Case& c : std::vector<Case>{
           {"tag", {.tags = {"live"}}, {"b", "a"}},
           {"both tags", {.tags = {"live", "review"}}, {"b"}},
           {"no such tag", {.tags = {"Live"}}, {}},
           {"submitter", {.submitters = Ids{"ada"}}, {"b", "a"}},
           {"submitters", {.submitters = Ids{"ada", "bob"}}, {"e", "d", "c", "b", "a"}},
           {"nobody", {.submitters = Ids{}}, {}},
           {"strategy", {.strategy = "TopN"}, {"d", "b", "a"}},
           {"from", {.submitted_from = of_c}, {"e", "d", "c"}},
           {"before", {.submitted_before = of_c}, {"b", "a"}},
           {"state and tag", {.state = RunState::queued, .tags = {"review"}}, {"d"}},
           {"text, submitter and strategy", {.text = "b", .submitters = Ids{"ada"}, .strategy = "TopN"}, {"b"}},
           {"least", {.bounds = {{RunOrder::total_return, 0.2, std::nullopt}}}, {"c", "b"}},
           {"most", {.bounds = {{RunOrder::max_drawdown, std::nullopt, -0.2}}}, {"c", "b"}},
           {"between", {.bounds = {{RunOrder::total_return, 0.1, 0.2}}}, {"c", "a"}},
           {"two numbers",
            {.bounds = {{RunOrder::total_return, 0.1, std::nullopt}, {RunOrder::sharpe_ratio, 0.7, std::nullopt}}},
            {"a"}},
       }) {
    EXPECT_EQ(listed(c.filter), c.ids) << c.what;
  }
}

TEST_P(RunStoreLists, AreOrderedByNumbersOfTheRunsThatHaveThem) {
  struct Case {
    const char* what;
    ListFilter filter;
    Ids ids;
  };
  for (const Case& c : std::vector<Case>{
           {"oldest first", {.is_ascending = true}, {"a", "b", "c", "d", "e"}},
           {"best return", {.order = RunOrder::total_return}, {"b", "c", "a"}},
           {"worst return", {.order = RunOrder::total_return, .is_ascending = true}, {"a", "c", "b"}},
           {"a number that one lacks", {.order = RunOrder::sharpe_ratio}, {"a", "b"}},
           {"smallest drawdown", {.order = RunOrder::max_drawdown}, {"a", "c", "b"}},
           {"of a tag", {.tags = {"live"}, .order = RunOrder::total_return}, {"b", "a"}},
           {"oldest of a tag", {.tags = {"review"}, .is_ascending = true}, {"b", "d"}},
           {"of a submitter", {.submitters = Ids{"bob"}, .order = RunOrder::total_return}, {"c"}},
           {"of a state that has none", {.state = RunState::queued, .order = RunOrder::total_return}, {}},
           {"within bounds",
            {.bounds = {{RunOrder::total_return, 0.1, 0.2}}, .order = RunOrder::total_return},
            {"c", "a"}},
           {"within bounds, ascending, of another number",
            {.bounds = {{RunOrder::total_return, 0.15, std::nullopt}},
             .order = RunOrder::max_drawdown,
             .is_ascending = true},
            {"b", "c"}},
       }) {
    EXPECT_EQ(listed(c.filter), c.ids) << c.what;
  }
  EXPECT_EQ(store_.list_offset({.order = RunOrder::total_return}, 1, 1).runs.at(0).run_id, "c");
}

TEST_P(RunStoreLists, AreOrderedByTheEndAndTheDurationOfRuns) {
  for (const int pause : {40, 20}) {  // d and e
    const Lease lease = claim_one();
    under_test_->advance(milliseconds(pause));
    ASSERT_TRUE(store_.fail(lease, {.code = "code", .message = "message"}));
  }
  submit("f", "eva");
  ASSERT_EQ(store_.cancel("f"), CancelOutcome::cancelled);
  under_test_->advance(milliseconds(1));
  const Lease without_numbers = submit_and_claim("g");
  under_test_->advance(milliseconds(10));
  ASSERT_TRUE(store_.complete(without_numbers, completion(without_numbers)));
  submit("h");
  struct Case {
    const char* what;
    ListFilter filter;
    Ids ids;
  };
  for (const Case& c : std::vector<Case>{
           {"latest", {.order = RunOrder::completed_at}, {"g", "f", "e", "d", "c", "b", "a"}},
           {"earliest", {.order = RunOrder::completed_at, .is_ascending = true}, {"a", "b", "c", "d", "e", "f", "g"}},
           {"of a submitter", {.submitters = Ids{"eva"}, .order = RunOrder::completed_at}, {"f"}},
           {"failed", {.state = RunState::failed, .order = RunOrder::completed_at}, {"e", "d"}},
           {"of a tag", {.tags = {"review"}, .order = RunOrder::completed_at}, {"d", "b"}},
           {"within bounds",
            {.bounds = {{RunOrder::total_return, 0.15, std::nullopt}}, .order = RunOrder::completed_at},
            {"c", "b"}},
       }) {
    EXPECT_EQ(listed(c.filter), c.ids) << c.what;
  }
  Ids longest{"a", "b", "c", "d", "e", "g"};  // f never started
  std::ranges::sort(longest, std::greater<>(), [&](const std::string& id) {
    const RunRecord run = *store_.get(id);
    return std::tuple(*run.completed_at - *run.started_at, run.submitted_at, run.run_id);
  });
  EXPECT_EQ(listed({.order = RunOrder::duration}), longest);
  EXPECT_EQ(listed({.strategy = "TopN", .order = RunOrder::duration}).size(), 3u);
  std::ranges::reverse(longest);
  EXPECT_EQ(listed({.order = RunOrder::duration, .is_ascending = true}), longest);
  for (const char* id : {"a", "d", "g"}) ASSERT_TRUE(store_.remove(id));
  EXPECT_EQ(listed({.order = RunOrder::completed_at}), (Ids{"f", "e", "c", "b"}));
}

TEST_P(RunStoreLists, OrderRunsOfEqualNumbersByTheirSubmission) {
  for (const char* id : {"f", "g", "h"}) add(id, "eva", std::nullopt, {}, std::nullopt);
  for (const ClaimedRun& run : claim(8)) {
    Completion done = completion(run.lease);
    done.numbers.sharpe_ratio = 2.0;
    ASSERT_TRUE(store_.complete(run.lease, done));
  }
  const ListFilter of_eva{.submitters = Ids{"eva"}, .order = RunOrder::sharpe_ratio};
  EXPECT_EQ(listed(of_eva), (Ids{"h", "g", "f"}));
  EXPECT_EQ(listed({.order = RunOrder::sharpe_ratio}), (Ids{"h", "g", "f", "e", "d", "a", "b"}));
}

TEST_P(RunStoreLists, FollowWhatPeopleChange) {
  EXPECT_EQ(store_.edit("none", {.run_name = "x"}), std::nullopt);
  const std::int64_t revision = store_.get("a")->revision;
  const auto edited =
      store_.edit("a", {.run_name = "Momentum of 2024", .note = "as asked", .tags = Ids{"old", "year"}});
  ASSERT_TRUE(edited);
  EXPECT_GT(edited->revision, revision);
  EXPECT_EQ(edited->run_name, "Momentum of 2024");
  EXPECT_EQ(edited->note, "as asked");
  EXPECT_EQ(edited->tags, (Ids{"old", "year"}));
  EXPECT_EQ(edited->state, RunState::completed);
  EXPECT_EQ(store_.get("a")->tags, edited->tags);
  EXPECT_EQ(listed({.tags = {"live"}}), Ids{"b"});
  EXPECT_EQ(listed({.tags = {"year"}}), Ids{"a"});
  EXPECT_EQ(listed({.text = "tum of 2"}), Ids{"a"});

  ASSERT_TRUE(store_.edit("a", {.note = "", .tags = Ids{}}));
  const RunRecord left = *store_.get("a");
  EXPECT_EQ(left.note, std::nullopt);
  EXPECT_EQ(left.tags, Ids{});
  EXPECT_EQ(left.run_name, "Momentum of 2024") << "what an edit does not name stays";
  EXPECT_EQ(listed({.tags = {"year"}}), Ids{});
  ASSERT_TRUE(store_.edit("a", {.run_name = ""}));
  EXPECT_EQ(store_.get("a")->run_name, std::nullopt);
  EXPECT_EQ(listed({.text = "Momentum"}), Ids{});
}

TEST_P(RunStoreLists, LetTagsBeChangedOnlyWhereTheyAreAsTheyWere) {
  ASSERT_TRUE(store_.edit("a", {.tags = Ids{"seen"}, .tags_before = store_.get("a")->tags}));
  const std::int64_t revision = store_.get("a")->revision;
  const auto left = store_.edit("a", {.note = "late", .tags = Ids{"other"}, .tags_before = Ids{}});
  ASSERT_TRUE(left);
  EXPECT_EQ(left->tags, Ids{"seen"});
  EXPECT_EQ(left->note, store_.get("a")->note);
  EXPECT_EQ(left->revision, revision);
  const auto changed = store_.edit("a", {.tags = Ids{"other"}, .tags_before = Ids{"seen"}});
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->tags, Ids{"other"});
  EXPECT_EQ(store_.edit("none", {.tags = Ids{}, .tags_before = Ids{}}), std::nullopt);
}

TEST_P(RunStoreLists, LetRunsBeEditedWhileTheyWaitAndRun) {
  ASSERT_TRUE(store_.edit("d", {.run_name = "waits", .tags = Ids{"x"}}));
  const Lease lease = claim_one();
  EXPECT_EQ(lease.run_id, "d");
  ASSERT_TRUE(store_.edit("d", {.note = "runs", .tags = Ids{"y"}}));
  EXPECT_EQ(renew(lease), LeaseState::held) << "an edit is no matter of the lease";
  const auto done = store_.complete(lease, completion(lease));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->run_name, "waits");
  EXPECT_EQ(done->note, "runs");
  EXPECT_EQ(listed({.tags = {"y"}}), Ids{"d"});
  ASSERT_TRUE(store_.remove("d"));
  EXPECT_EQ(listed({.tags = {"y"}}), Ids{});
}

class RunStoreNotices : public RunStoreFixture {
 protected:
  Ids due() {
    Ids ids;
    for (const RunNotice& notice : store_.take_notices(10, milliseconds(100))) ids.push_back(notice.run_id);
    std::ranges::sort(ids);
    return ids;
  }
};

TEST_P(RunStoreNotices, AreLeftByEveryEndOnceTheyAreWanted) {
  const Lease before = submit_and_claim("before");
  ASSERT_TRUE(store_.complete(before, completion(before)));
  EXPECT_EQ(due(), Ids{});
  under_test_->advance(milliseconds(5));
  store_.want_notices(true);
  store_.want_notices(true);
  under_test_->advance(milliseconds(5));
  const Lease completed = submit_and_claim("completed");
  ASSERT_TRUE(store_.complete(completed, completion(completed)));
  const Lease failed = submit_and_claim("failed");
  ASSERT_TRUE(store_.fail(failed, {.code = "code", .message = "message"}));
  submit("cancelled");
  ASSERT_EQ(store_.cancel("cancelled"), CancelOutcome::cancelled);
  const Lease released = submit_and_claim("released");
  ASSERT_TRUE(store_.release(released));
  under_test_->advance(milliseconds(5));
  const std::vector<RunNotice> notices = store_.take_notices(10, milliseconds(100));
  std::map<std::string, RunState> states;
  for (const RunNotice& notice : notices) {
    states[notice.run_id] = notice.state;
    EXPECT_EQ(notice.tries, 0);
    EXPECT_EQ(notice.ended_at, store_.get(notice.run_id)->completed_at);
  }
  EXPECT_EQ(states,
            (std::map<std::string, RunState>{
                {"completed", RunState::completed}, {"failed", RunState::failed}, {"cancelled", RunState::cancelled}}));
}

TEST_P(RunStoreNotices, ComeBackUntilTheyAreSettled) {
  store_.want_notices(true);
  under_test_->advance(milliseconds(5));
  for (const char* id : {"a", "b"}) submit(id);
  for (const ClaimedRun& run : claim(2)) ASSERT_TRUE(store_.complete(run.lease, completion(run.lease)));
  under_test_->advance(milliseconds(5));
  EXPECT_EQ(due(), (Ids{"a", "b"}));
  EXPECT_EQ(due(), Ids{}) << "somebody has them";
  store_.settle_notice("a");
  under_test_->advance(milliseconds(110));
  EXPECT_EQ(due(), Ids{"b"});
  under_test_->advance(milliseconds(110));
  EXPECT_EQ(due(), Ids{}) << "each try doubles the pause";
  under_test_->advance(milliseconds(110));
  const auto again = store_.take_notices(10, milliseconds(100));
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].tries, 2);
  store_.want_notices(false);
  under_test_->advance(milliseconds(1'000));
  EXPECT_EQ(due(), Ids{}) << "nobody wants them any more";
}

INSTANTIATE_TEST_SUITE_P(Backend, RunStoreLists, testing::ValuesIn(run_store_backends()),
                         [](const auto& info) { return info.param.name; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RunStoreLists);
INSTANTIATE_TEST_SUITE_P(Backend, RunStoreNotices, testing::ValuesIn(run_store_backends()),
                         [](const auto& info) { return info.param.name; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RunStoreNotices);

}  // namespace
}  // namespace backtest
