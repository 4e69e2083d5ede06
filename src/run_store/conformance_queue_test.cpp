// The places of queued runs.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "run_store/store_for_tests.hpp"

namespace backtest {
namespace {

constexpr std::int64_t whole_queue = 1'000;

class RunStoreQueue : public RunStoreFixture {
 protected:
  std::optional<std::int64_t> before(const std::string& run_id, std::int64_t at_most = whole_queue) {
    const std::vector<std::string> first = store_.first_queued(at_most);
    const auto place = std::ranges::find(first, run_id);
    return place == first.end() ? std::nullopt : std::optional(place - first.begin());
  }
};

TEST_P(RunStoreQueue, SaysHowManyRunsBeginBeforeAQueuedOne) {
  for (const char* id : {"a1", "a2", "a3"}) submit(id, "ada");
  EXPECT_EQ(before("a1"), 0);
  EXPECT_EQ(before("a3"), 2);
  submit("b1", "bob");
  EXPECT_EQ(before("a1"), 0) << "who came later takes a later turn";
  EXPECT_EQ(before("b1"), 1) << "a submitter that joins waits for a turn of each other, not for all of their runs";
  EXPECT_EQ(before("a2"), 2) << "the turn of the other comes between";
  EXPECT_EQ(before("a3"), 3);
  submit("urgent", "eve", 5);
  EXPECT_EQ(before("urgent"), 0);
  EXPECT_EQ(before("a1"), 1);
  EXPECT_EQ(before("a3"), 4);
  EXPECT_EQ(store_.first_queued(2), (std::vector<std::string>{"urgent", "a1"})) << "no further than asked";
  EXPECT_EQ(claim_ids(1), std::vector<std::string>{"urgent"});
  EXPECT_EQ(before("urgent"), std::nullopt) << "it is running";
  EXPECT_EQ(store_.cancel("b1"), CancelOutcome::cancelled);
  EXPECT_EQ(before("b1"), std::nullopt);
  EXPECT_EQ(before("a3"), 2);
  EXPECT_EQ(claim_ids(1), std::vector<std::string>{"a1"});
  EXPECT_EQ(before("a3"), 1);
}

struct Waiting {
  std::string run_id, submitter;
  int priority = 0;
};

// By the definition, one run at a time. `queue` is in order of submission.
std::int64_t place_by_definition(const std::vector<Waiting>& queue, const Waiting& run) {
  struct Lane {
    std::int64_t runs = 0, head = 0;
  };
  std::map<std::string, Lane> lanes;
  std::int64_t sooner = 0, own = 0;
  bool is_before = true;
  for (std::int64_t i = 0; i < std::ssize(queue); ++i) {
    const Waiting& other = queue[static_cast<std::size_t>(i)];
    if (other.run_id == run.run_id) is_before = false;
    if (other.priority > run.priority) ++sooner;
    if (other.priority != run.priority) continue;
    if (other.submitter == run.submitter && is_before) ++own;
    Lane& lane = lanes[other.submitter];
    if (lane.runs++ == 0) lane.head = i;
  }
  std::int64_t place = sooner + own;
  for (const auto& [submitter, lane] : lanes) {
    const std::int64_t turns = own + (lane.head < lanes[run.submitter].head ? 1 : 0);
    if (submitter != run.submitter) place += std::min(lane.runs, turns);
  }
  return place;
}

TEST_P(RunStoreQueue, NamesTheFirstOfManyLanes) {
  struct Lane {
    const char* submitter;
    int priority, runs;
  };
  std::vector<Waiting> queue;
  for (const Lane& lane : std::vector<Lane>{{"ada", 0, 1},
                                            {"bob", 0, 14},
                                            {"eve", 0, 3},
                                            {"zoe", 0, 1},
                                            {"bob", 5, 2},
                                            {"joe", 5, 5},
                                            {"ada", -3, 4},
                                            {"zoe", -3, 1}}) {
    for (int i = 0; i < lane.runs; ++i) queue.push_back({"", lane.submitter, lane.priority});
  }
  std::shuffle(queue.begin(), queue.end(), std::minstd_rand(7));
  for (std::size_t i = 0; i < queue.size(); ++i) {
    queue[i].run_id = "run" + std::to_string(i);
    submit(queue[i].run_id, queue[i].submitter, queue[i].priority);
  }
  std::vector<std::string> expected(queue.size());
  for (const Waiting& run : queue) {
    expected.at(static_cast<std::size_t>(place_by_definition(queue, run))) = run.run_id;
  }
  for (const std::size_t at_most : {1, 2, 3, 7, 12, 25, 31, 1'000}) {
    const std::vector<std::string> first(
        expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(std::min(at_most, expected.size())));
    EXPECT_EQ(store_.first_queued(static_cast<std::int64_t>(at_most)), first) << at_most;
  }
}

INSTANTIATE_TEST_SUITE_P(Backend, RunStoreQueue, testing::ValuesIn(run_store_backends()),
                         [](const auto& info) { return info.param.name; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RunStoreQueue);

}  // namespace
}  // namespace backtest
