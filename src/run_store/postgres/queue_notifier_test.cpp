#include "run_store/postgres/queue_notifier.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "postgres/private_cluster_for_tests.hpp"
#include "run_store/postgres/queue_listener.hpp"

namespace backtest {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

bool comes_true(const std::function<bool()>& condition, milliseconds patience = milliseconds(10'000)) {
  for (const auto until = steady_clock::now() + patience; steady_clock::now() < until;) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return false;
}

ConnectionString direct() {
  return ConnectionString(Secret(PrivateCluster::shared().dsn()));
}

TEST(QueueNotifier, AHintComesAtOnceAndABurstIsFewHints) {
  std::atomic<int> hints{0};
  QueueListener listener(direct(), [&] { ++hints; });
  ASSERT_TRUE(comes_true([&] { return hints == 1; })) << "one when it begins to listen";
  QueueNotifier notifier(direct(), milliseconds(100));
  notifier.announce();
  ASSERT_TRUE(comes_true([&] { return hints == 2; }));
  for (int i = 0; i < 500; ++i) notifier.announce();
  ASSERT_TRUE(comes_true([&] { return hints == 3; })) << "what came within the debounce is told after it";
  std::this_thread::sleep_for(milliseconds(250));
  EXPECT_EQ(hints, 3);
}

TEST(QueueNotifier, ListensAgainAfterItsBackendWasKilled) {
  std::atomic<int> hints{0};
  QueueListener listener(direct(), [&] { ++hints; });
  ASSERT_TRUE(comes_true([&] { return hints == 1; }));
  const ConnectionString dsn = direct();
  PostgresConnection other(dsn, {});
  other.run("select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen backtest_queue'");
  ASSERT_TRUE(comes_true([&] { return hints == 2; })) << "what was said meanwhile was not heard";
  QueueNotifier notifier(dsn);
  notifier.announce();
  EXPECT_TRUE(comes_true([&] { return hints == 3; }));
}

TEST(QueueNotifier, AServerThatIsNotThereStopsNobody) {
  QueueNotifier notifier(ConnectionString(Secret("host=/nowhere")));
  QueueListener listener(ConnectionString(Secret("host=/nowhere")), [] {});
  const auto begin = steady_clock::now();
  for (int i = 0; i < 1000; ++i) notifier.announce();
  EXPECT_LT(steady_clock::now() - begin, milliseconds(500));
  EXPECT_FALSE(listener.is_listening());
}

}  // namespace
}  // namespace backtest
