// The poll that all event streams share: what it asks the store, and how often.
#include "edge/http/server/run_watcher.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace backtest {
namespace {

using std::chrono::milliseconds;

// Knows every run that it is asked for; of the contract it keeps what a watcher calls.
class AskedStore final : public RunStore {
 public:
  std::vector<RunRecord> get_many(const std::vector<std::string>& run_ids) override {
    std::this_thread::sleep_for(takes);
    asked.push_back(run_ids.size());
    std::vector<RunRecord> records(run_ids.size());
    for (std::size_t i = 0; i < run_ids.size(); ++i) records[i].run_id = run_ids[i];
    return records;
  }
  std::vector<RunEvent> events(std::string_view, std::int64_t) override { return {}; }

  void open() override { unasked(); }
  void ping() override { unasked(); }
  StoreTime now() override { unasked(); }
  std::expected<Submitted, SubmitError> submit(const Submission&, const SubmitLimits&) override { unasked(); }
  std::vector<ClaimedRun> claim(const ClaimRequest&) override { unasked(); }
  std::vector<LeaseState> renew(const std::vector<Renewal>&, milliseconds) override { unasked(); }
  std::expected<RunRecord, WriteError> complete(const Lease&, const Completion&) override { unasked(); }
  std::expected<RunRecord, WriteError> fail(const Lease&, const Failure&) override { unasked(); }
  std::expected<RunRecord, WriteError> release(const Lease&) override { unasked(); }
  std::expected<RunRecord, WriteError> finish_cancel(const Lease&) override { unasked(); }
  CancelOutcome cancel(std::string_view) override { unasked(); }
  std::vector<std::string> reclaim(int, int) override { unasked(); }
  std::optional<RunRecord> get(std::string_view) override { unasked(); }
  std::optional<RunRecord> edit(std::string_view, const RunEdit&) override { unasked(); }
  ListPage list(const ListFilter&, const std::optional<ListCursor>&, int) override { unasked(); }
  ListPage list_offset(const ListFilter&, std::int64_t, int) override { unasked(); }
  std::expected<void, RemoveError> remove(std::string_view) override { unasked(); }
  Counts counts() override { unasked(); }
  std::int64_t queued_of(std::string_view, std::int64_t) override { unasked(); }
  std::vector<std::string> first_queued(std::int64_t) override { unasked(); }
  void want_notices(bool) override { unasked(); }
  std::vector<RunNotice> take_notices(int, milliseconds) override { unasked(); }
  void settle_notice(std::string_view) override { unasked(); }
  std::optional<Lease> current_lease(std::string_view) override { unasked(); }

  milliseconds takes{0};
  std::vector<std::size_t> asked;  // how many runs each reading asked for

 private:
  [[noreturn]] static void unasked() { throw std::logic_error("a watcher asks for runs and events alone"); }
};

class RunWatcherTest : public testing::Test {
 protected:
  std::shared_ptr<RunListener> listen(const std::string& run_id) {
    EventStreamStart start;
    start.record.run_id = run_id;
    return watcher_.listen(start, [] {});
  }
  // Polls, and delivers what was read, as the I/O thread does.
  void poll_and_deliver() {
    watcher_.poll();
    std::unique_lock lock(mutex_);
    posted_.wait(lock, [this] { return work_ != nullptr; });
    std::exchange(work_, nullptr)();
  }
  RunWatcher::Clock::duration until_next_poll() const {
    const auto now = RunWatcher::Clock::now();
    return watcher_.next_poll(now) - now;
  }

  AskedStore store_;
  std::mutex mutex_;
  std::condition_variable posted_;
  std::function<void()> work_;
  WorkPool pool_{1, 4};
  RunWatcher watcher_{store_, pool_, [this](const std::function<void()>& work) {
                        const std::lock_guard lock(mutex_);
                        work_ = work;
                        posted_.notify_one();
                      }};
};

TEST_F(RunWatcherTest, AsksTheStoreOnceForAllRunsHoweverManyListen) {
  std::vector<std::shared_ptr<RunListener>> listeners;
  for (int i = 0; i < 300; ++i) listeners.push_back(listen("R" + std::to_string(i % 100)));
  poll_and_deliver();
  EXPECT_EQ(store_.asked, std::vector<std::size_t>{100});
}

TEST_F(RunWatcherTest, ListenersAreLessThanFiftyMillisecondsBehindAndNothingIsReadForNobody) {
  EXPECT_EQ(watcher_.next_poll(RunWatcher::Clock::now()), RunWatcher::Clock::time_point::max());
  auto listener = listen("R1");
  EXPECT_LT(until_next_poll(), milliseconds(50));
  poll_and_deliver();
  listener.reset();
  std::this_thread::sleep_for(until_next_poll());
  watcher_.poll();  // sees that nobody is left
  EXPECT_EQ(watcher_.next_poll(RunWatcher::Clock::now()), RunWatcher::Clock::time_point::max());
  EXPECT_EQ(store_.asked.size(), 1u);
}

TEST_F(RunWatcherTest, AStoreThatTakesLongIsLeftAloneForFourTimesAsLong) {
  store_.takes = milliseconds(2'000);
  const auto listener = listen("R1");
  poll_and_deliver();
  EXPECT_GT(until_next_poll(), milliseconds(1'000));
  watcher_.poll();
  pool_.stop();
  EXPECT_EQ(store_.asked.size(), 1u) << "in its rest";
}

}  // namespace
}  // namespace backtest
