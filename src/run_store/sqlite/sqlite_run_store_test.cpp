#include "run_store/sqlite/sqlite_run_store.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "run_store/sqlite/database_file.hpp"
#include "run_store/sqlite/queries.hpp"
#include "run_store/sqlite/sqlite_connection.hpp"

namespace backtest {
namespace {

class SqliteRunStoreTest : public testing::Test {
 protected:
  SqliteRunStoreTest() {
    std::string name = testing::TempDir() + "sqlite_run_store_XXXXXX";
    directory_ = mkdtemp(name.data());
  }
  ~SqliteRunStoreTest() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path file() const { return directory_ / "runs.sqlite3"; }
  std::unique_ptr<RunStore> open_store() const {
    auto store = make_sqlite_run_store(file());
    store->open();
    return store;
  }

  static Submission submission(const std::string& run_id, const std::string& submitter = "anonymous") {
    Submission submission;
    submission.record.run_id = run_id;
    submission.record.output_dir = run_id;
    submission.record.submitter = submitter;
    submission.record.config_json = R"({"a": 1})";
    submission.record.effective_config_json = R"({"a": 1, "b": 2})";
    return submission;
  }

  std::filesystem::path directory_;
};

TEST_F(SqliteRunStoreTest, KeepsRunsAndLeasesWhenTheFileIsOpenedAgain) {
  Lease lease;
  {
    const auto store = open_store();
    ASSERT_TRUE(store->submit(submission("first"), {}));
    ASSERT_TRUE(store->submit(submission("second"), {}));
    const auto claimed = store->claim({.worker_id = "w"});
    ASSERT_EQ(claimed.size(), 1u);
    EXPECT_EQ(claimed[0].record.run_id, "first");
    EXPECT_EQ(claimed[0].record.effective_config_json, R"({"a": 1, "b": 2})");
    lease = claimed[0].lease;
  }
  const auto store = open_store();
  EXPECT_EQ(store->get("second")->state, RunState::queued);
  EXPECT_EQ(store->get("first")->state, RunState::running);
  EXPECT_EQ(store->current_lease("first"), lease);
  const auto completed = store->complete(lease, {.artifacts = {"attempts/1-x", "abc"}});
  ASSERT_TRUE(completed);
  EXPECT_EQ(completed->state, RunState::completed);
  EXPECT_EQ(store->list({}, std::nullopt, 10).runs.size(), 2u);
  EXPECT_EQ(store->counts().completed, 1);
}

// Whoever looks after the file may have run `analyze`, and the planner then knows that few runs are queued.
TEST_F(SqliteRunStoreTest, CountsAtOneCostHoweverManyRunsAreStored) {
  open_store();
  SqliteConnection connection(file());
  const auto steps_with = [&](int runs) {
    connection.run(
        "insert into run_records (run_id, status, submitted_at, output_dir, config_sha256, submitter, priority) "
        "with recursive numbers (i) as (select 1 union all select i + 1 from numbers where i < ?1) "
        "select ?1 || '-' || i, 'completed', i, '', '', 'ada', 0 from numbers",
        runs);
    connection.execute("analyze");
    SqliteConnection counting(file());
    int steps = 0;
    const auto count_step = [](void* counted) { return ++*static_cast<int*>(counted), 0; };
    sqlite3_progress_handler(counting.handle(), 1, count_step, &steps);
    EXPECT_GE(sqlite::counts(counting, {}).completed, runs);
    return steps;
  };
  const int few = steps_with(100), many = steps_with(10'000);
  EXPECT_GT(few, 0);
  EXPECT_LT(many, few + few / 10 + 10);
}

TEST_F(SqliteRunStoreTest, TouchesNothingBeforeItIsOpened) {
  const auto store = make_sqlite_run_store(file());
  EXPECT_FALSE(std::filesystem::exists(file()));
  EXPECT_THROW(store->ping(), StoreUnavailable);
  EXPECT_THROW(store->get("a"), StoreUnavailable);
}

TEST_F(SqliteRunStoreTest, CreatesMissingDirectories) {
  const auto store = make_sqlite_run_store(directory_ / "a/b/runs.sqlite3");
  store->open();
  store->open();  // again: nothing to do
  store->ping();
}

TEST_F(SqliteRunStoreTest, RefusesWhatIsNotItsFile) {
  struct Case {
    const char* what;
    std::function<void(const std::filesystem::path&)> make;
    const char* reason;
  };
  const std::vector<Case> cases{
      {"text", [](const auto& path) { std::ofstream(path) << std::string(5'000, 'x'); }, "not a database"},
      {"another program's", [](const auto& path) { SqliteConnection(path).execute("create table cats (name text)"); },
       "another program"},
      {"another runs", [](const auto& path) { SqliteConnection(path).execute("create table runs (name text)"); },
       "another program"},
      {"newer", [](const auto& path) { SqliteConnection(path).execute("pragma user_version = 99"); }, "version 99"},
      {"a directory", [](const auto& path) { std::filesystem::create_directory(path); }, "cannot open"},
  };
  for (const Case& c : cases) {
    const auto path = directory_ / c.what;
    c.make(path);
    const auto store = make_sqlite_run_store(path);
    try {
      store->open();
      ADD_FAILURE() << c.what;
    } catch (const StoreUnavailable& error) {
      EXPECT_NE(std::string(error.what()).find(c.reason), std::string::npos) << c.what << ": " << error.what();
    }
  }
}

// What is acknowledged must be there after a restart: nothing goes into a file that its name no longer leads to.
TEST_F(SqliteRunStoreTest, RefusesEveryCallOnceItsFilesWereDeletedOrReplaced) {
  struct Case {
    const char* what;
    const char* part;
    bool is_replaced;
  };
  for (const Case& c : {Case{"deleted", "", false}, Case{"replaced", "", true}, Case{"log deleted", "-wal", false},
                        Case{"log replaced", "-wal", true}, Case{"shared memory deleted", "-shm", false}}) {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directory(directory_);
    const auto store = open_store();
    ASSERT_TRUE(store->submit(submission("a"), {}));
    const auto claimed = store->claim({.worker_id = "w"});
    store->ping();
    const std::string part = file().string() + c.part;
    std::filesystem::rename(part, directory_ / "moved");
    if (c.is_replaced) std::ofstream(part).close();
    EXPECT_THROW(store->submit(submission("b"), {}), StoreUnavailable) << c.what;
    EXPECT_THROW(store->complete(claimed.at(0).lease, {}), StoreUnavailable) << c.what;
    EXPECT_THROW(store->get("a"), StoreUnavailable) << c.what;
    EXPECT_THROW(store->ping(), StoreUnavailable) << c.what;
    std::filesystem::rename(directory_ / "moved", part);
    store->ping();
    EXPECT_FALSE(store->get("b")) << c.what;
  }
}

TEST_F(SqliteRunStoreTest, SyncsEveryCommitOfEveryConnection) {
  const auto store = open_store();
  SqliteConnection connection(file());
  auto synchronous = connection.query("pragma synchronous");
  ASSERT_TRUE(synchronous.next());
  EXPECT_EQ(synchronous.integer(0), 2);  // FULL
  auto journal = connection.query("pragma journal_mode");
  ASSERT_TRUE(journal.next());
  EXPECT_EQ(journal.text(0), "wal");
}

// Leases go by a clock that nobody can set: a step of the wall clock neither ends one nor keeps a dead worker's in
// force.
TEST_F(SqliteRunStoreTest, ClockStepsCostNoAttempt) {
  constexpr StoreTime second = 1'000'000, day = 86'400 * second;
  StoreTime now = 100 * day, uptime = 500 * second;
  const auto store =
      make_sqlite_run_store(file(), {.clock = [&] { return now; }, .uptime = [&] { return uptime; }, .boot = "first"});
  store->open();
  ASSERT_TRUE(store->submit(submission("a"), {}));
  now -= day;  // queued before the step, and due all the same
  const auto claimed = store->claim({.worker_id = "w", .lease_duration = std::chrono::seconds(30)});
  ASSERT_EQ(claimed.size(), 1u);
  for (const StoreTime step : {day, -3 * day, 50 * day}) {
    now += step;
    uptime += second;
    EXPECT_TRUE(store->reclaim(10, 3).empty()) << step;
    EXPECT_EQ(store->renew({{claimed[0].lease, std::nullopt}}, std::chrono::seconds(30))[0], LeaseState::held) << step;
  }
  EXPECT_EQ(store->get("a")->lost_attempts, 0);
  uptime += 31 * second;
  EXPECT_EQ(store->reclaim(10, 3), std::vector<std::string>{"a"});
}

TEST_F(SqliteRunStoreTest, ARetryIsDueAgainAfterTheClockWasSetBack) {
  constexpr StoreTime second = 1'000'000, day = 86'400 * second;
  StoreTime now = 100 * day;
  const auto store = make_sqlite_run_store(file(), {.clock = [&] { return now; }});
  store->open();
  ASSERT_TRUE(store->submit(submission("a"), {}));
  const auto claimed = store->claim({.worker_id = "w"});
  ASSERT_TRUE(store->fail(claimed.at(0).lease,
                          {.code = "x", .message = "x", .retryable = true, .retry_delay = std::chrono::seconds(10)}));
  EXPECT_TRUE(store->claim({.worker_id = "w"}).empty());
  now -= day;
  EXPECT_EQ(store->claim({.worker_id = "w"}).size(), 1u);
}

TEST_F(SqliteRunStoreTest, ARestartOfTheMachineEndsEveryLease) {
  Lease lease;
  {
    const auto before = make_sqlite_run_store(file(), {.uptime = [] { return 900'000'000; }, .boot = "first"});
    before->open();
    ASSERT_TRUE(before->submit(submission("a"), {}));
    lease = before->claim({.worker_id = "w"}).at(0).lease;
  }
  const auto after = make_sqlite_run_store(file(), {.uptime = [] { return 1'000'000; }, .boot = "second"});
  after->open();
  EXPECT_FALSE(after->complete(lease, {}));
  EXPECT_EQ(after->reclaim(10, 3), std::vector<std::string>{"a"});
  EXPECT_EQ(after->claim({.worker_id = "w"}).size(), 1u);
}

// Damage that is met while the store is open: from then on it is not ready and takes nothing.
TEST_F(SqliteRunStoreTest, IsNotReadyOnceItMetDamage) {
  const auto store = open_store();
  Submission large = submission("a");
  for (int i = 0; i < 50; ++i) {
    large.record.run_id = "run" + std::to_string(i);
    large.record.config_json = std::string(20'000, 'x');
    ASSERT_TRUE(store->submit(large, {}));
  }
  SqliteConnection(file()).execute("pragma wal_checkpoint(truncate)");
  {
    std::fstream damage(file(), std::ios::in | std::ios::out | std::ios::binary);
    damage.seekp(4096);
    damage << std::string(4096 * 200, '\xff');
  }
  const auto other = make_sqlite_run_store(file());
  EXPECT_THROW(other->open(), StoreDamaged);
  EXPECT_THROW(store->list({.text = "n4"}, std::nullopt, 50), StoreUnavailable);
  for (int i = 0; i < 50; ++i) EXPECT_THROW(store->get("run" + std::to_string(i)), StoreUnavailable);
  EXPECT_THROW(store->ping(), StoreUnavailable);
  EXPECT_THROW(store->submit(submission("late"), {}), StoreUnavailable);
}

// A reader that takes its time holds up no writer, and sees one state throughout.
TEST_F(SqliteRunStoreTest, ReadersHoldUpNoWriter) {
  const auto store = open_store();
  ASSERT_TRUE(store->submit(submission("a"), {}));
  SqliteConnection slow(file());
  auto rows = slow.query("select run_id from run_records");
  ASSERT_TRUE(rows.next());
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(store->submit(submission("b" + std::to_string(i)), {}));
  EXPECT_FALSE(rows.next());
}

// Processes that are killed while they write lose nothing that they were told is there, and block nobody.
TEST_F(SqliteRunStoreTest, KeepsWhatItAcknowledgedToProcessesThatAreKilled) {
  std::set<std::string> acknowledged;
  for (int round = 0; round < 10; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      const auto store = open_store();
      for (int i = 0;; ++i) {
        const std::string id = std::to_string(round) + "-" + std::to_string(i);
        if (!store->submit(submission(id), {})) _exit(1);
        const std::string line = id + "\n";
        if (write(ends[1], line.data(), line.size()) < 0) _exit(1);
      }
    }
    close(ends[1]);
    std::string told;
    char buffer[256];
    while (told.size() < 60u + 20u * static_cast<unsigned>(round)) {
      const ssize_t got = read(ends[0], buffer, sizeof buffer);
      ASSERT_GT(got, 0);
      told.append(buffer, static_cast<std::size_t>(got));
    }
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    for (ssize_t got; (got = read(ends[0], buffer, sizeof buffer)) > 0;)
      told.append(buffer, static_cast<std::size_t>(got));
    close(ends[0]);
    std::istringstream lines(told);
    for (std::string id; std::getline(lines, id);) acknowledged.insert(id);
  }
  const auto store = open_store();
  EXPECT_GT(acknowledged.size(), 100u);
  for (const std::string& id : acknowledged) EXPECT_TRUE(store->get(id)) << id;
  // At most the one that was under way in each round is there besides.
  EXPECT_LE(store->counts().queued, static_cast<std::int64_t>(acknowledged.size()) + 10);
}

TEST(NetworkFileSystem, IsKnownByItsNumber) {
  struct Case {
    long type;
    std::string_view name;
  };
  for (const Case& c : {Case{0x6969, "NFS"}, Case{static_cast<long>(0xFF534D42), "CIFS"},
                        Case{static_cast<std::int32_t>(0xFE534D42), "SMB2"}, Case{0x65735546, "FUSE"},
                        Case{0x01021997, "9P"}, Case{0xEF53, ""}, Case{0x58465342, ""}, Case{0x9123683E, ""},
                        Case{0x794C7630, ""}, Case{0x01021994, ""}}) {  // ext4, XFS, btrfs, overlay, tmpfs
    EXPECT_EQ(network_file_system(c.type), c.name) << c.type;
  }
}

}  // namespace
}  // namespace backtest
