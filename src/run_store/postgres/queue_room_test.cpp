#include "run_store/postgres/queue_room.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "base/random_id.hpp"
#include "postgres/private_cluster_for_tests.hpp"
#include "run_store/postgres/migrate.hpp"
#include "run_store/postgres/postgres_run_store.hpp"

namespace backtest {
namespace {

using Clock = QueueRoom::Clock;

TEST(QueueRoom, IsCountedAgainWhenTheBoundReachesTheLimit) {
  QueueRoom room;
  const auto begin = Clock::now();
  const auto later = begin + QueueRoom::count_every;
  EXPECT_FALSE(room.needs_count(999, begin));
  EXPECT_TRUE(room.needs_count(1'000, begin));
  room.counted({.queued = 872, .next_transaction = 50}, begin);
  EXPECT_FALSE(room.needs_count(1'000, later));
  room.saw(51);
  EXPECT_FALSE(room.needs_count(1'000, later));
  room.saw(52);
  EXPECT_TRUE(room.needs_count(1'000, later));
  EXPECT_FALSE(room.needs_count(1'000, begin)) << "not at every submission near the limit";
  EXPECT_FALSE(room.needs_count(1'001, later));
  room.saw(49);
  EXPECT_TRUE(room.needs_count(1'001, later)) << "another server, or a restored one";
}

// Two processes fill one queue, each with what it knows: the limit holds to the run.
TEST(QueueRoom, HoldsTheLimitBetweenProcesses) {
  const std::string database = PrivateCluster::shared().create_database();
  const Secret dsn(PrivateCluster::shared().dsn(database));
  std::ostringstream out;
  ASSERT_EQ(migrate_command(dsn, {"up"}, out, out), 0) << out.str();
  PostgresRunStore stores[] = {PostgresRunStore(dsn), PostgresRunStore(dsn)};
  constexpr std::int64_t limit = 1'200;
  const auto submit = [&](std::size_t store) {
    Submission submission{.record = {.run_id = "RUN" + random_hex(16), .config_json = "{}"}};
    submission.record.effective_config_json = "{}";
    return stores[store].submit(submission, {.queue_limit = limit}).has_value();
  };
  EXPECT_TRUE(submit(0));  // knows of an empty queue from here on
  std::int64_t accepted = 1;
  while (accepted < 3 * limit && submit(1)) ++accepted;
  EXPECT_EQ(accepted, limit);
  EXPECT_FALSE(submit(0));
  const auto claimed = stores[0].claim({.worker_id = random_uuid(), .limit = 3});
  EXPECT_EQ(claimed.size(), 3u);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(submit(0));
  EXPECT_FALSE(submit(0));
}

}  // namespace
}  // namespace backtest
