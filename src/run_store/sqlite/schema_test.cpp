// The schema and the ways a file comes to it. BACKTEST_UPDATE_GOLDEN=1 rewrites testdata/schema.sql.
#include "run_store/sqlite/schema.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "run_store/sqlite/sqlite_run_store.hpp"

namespace backtest {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// What makes the schema, but for what SQLite and its text index keep of their own.
std::string dump_of(SqliteConnection& connection) {
  std::string dump;
  auto rows = connection.query(
      "select sql from sqlite_schema where sql is not null and name not like 'run\\_text\\_%' escape '\\' "
      "and name not like 'sqlite\\_%' escape '\\' or name = 'run_text_extent' "
      "order by case type when 'table' then 1 when 'index' then 2 when 'trigger' then 3 else 4 end, name");
  while (rows.next()) dump += rows.text(0) + ";\n\n";
  return dump;
}

class SqliteSchema : public testing::Test {
 protected:
  SqliteSchema() {
    std::string name = testing::TempDir() + "sqlite_schema_XXXXXX";
    directory_ = mkdtemp(name.data());
  }
  ~SqliteSchema() override { fs::remove_all(directory_); }

  fs::path file() const { return directory_ / "runs.sqlite3"; }
  fs::path copy() const { return directory_ / "runs.sqlite3.version-1"; }
  std::unique_ptr<RunStore> opened(const fs::path& at) const {
    auto store = make_sqlite_run_store(at);
    store->open();
    return store;
  }
  void make_version_1() const {
    SqliteConnection(file()).execute(
        text_of(fs::path(BACKTEST_SOURCE_DIR) / "src/run_store/sqlite/testdata/version_1.sql"));
  }
  static std::int64_t number(const fs::path& at, const std::string& sql) {
    SqliteConnection connection(at);
    auto rows = connection.query(sql);
    return rows.next() ? rows.integer(0) : -1;
  }

  fs::path directory_;
};

TEST_F(SqliteSchema, IsTheCommittedDump) {
  opened(file());
  SqliteConnection connection(file());
  const std::string dump = dump_of(connection);
  const fs::path golden = fs::path(BACKTEST_SOURCE_DIR) / "src/run_store/sqlite/testdata/schema.sql";
  if (std::getenv("BACKTEST_UPDATE_GOLDEN") != nullptr) std::ofstream(golden, std::ios::binary) << dump;
  EXPECT_EQ(text_of(golden), dump) << "run with BACKTEST_UPDATE_GOLDEN=1 and read the difference";
}

TEST_F(SqliteSchema, AnUpgradedFileIsAsANewOne) {
  make_version_1();
  opened(file());
  opened(directory_ / "new");
  SqliteConnection upgraded(file()), fresh(directory_ / "new");
  EXPECT_EQ(dump_of(upgraded), dump_of(fresh));
  EXPECT_EQ(number(file(), "pragma user_version"), std::ssize(sqlite_migrations()));
}

TEST_F(SqliteSchema, AFileOfVersionOneKeepsAllItsRuns) {
  make_version_1();
  const auto store = opened(file());
  const RunRecord done = *store->get("done");
  EXPECT_EQ(done.state, RunState::completed);
  EXPECT_EQ(done.submitted_at, 1'706'704'496'000'001);
  EXPECT_EQ(done.run_name, "My run");
  EXPECT_EQ(done.artifacts, (ArtifactPointer{"attempts/1-0123456789abcdef0123456789abcdef", "m1"}));
  EXPECT_EQ(done.numbers.max_drawdown, -0.0625);
  EXPECT_EQ(done.numbers.trades, 42);
  EXPECT_EQ(done.priority, 2);
  EXPECT_EQ(done.config_json, "{\"of\": \"done\"}");
  EXPECT_EQ(store->events("done", 0).size(), 3u);
  EXPECT_EQ(store->get("broken")->error, "no prices for ACME");
  EXPECT_EQ(store->get("dropped")->state, RunState::cancelled);
  EXPECT_EQ(store->list({.text = "my RUN"}, std::nullopt, 9).runs.size(), 1u);
  Submission again;
  again.record.submitter = "ada";
  again.idempotency_key = "key of done";
  again.body_sha256 = "body of done";
  EXPECT_TRUE(store->submit(again, {})->existing);
  // The program that held it was stopped for the upgrade.
  EXPECT_EQ(store->get("under way")->progress, 0.5);
  EXPECT_EQ(store->get("under way")->progress_nav, std::nullopt);
  EXPECT_EQ(store->reclaim(9, 3), std::vector<std::string>{"under way"});
  EXPECT_EQ(store->claim({.worker_id = "w", .limit = 9}).size(), 2u);
}

TEST_F(SqliteSchema, ACopyOfTheFileIsKeptBeside) {
  make_version_1();
  opened(file());
  ASSERT_TRUE(fs::exists(copy()));
  EXPECT_EQ(number(copy(), "pragma user_version"), 1);
  EXPECT_EQ(number(copy(), "select count(*) from run_records"), 5);
  EXPECT_EQ(number(copy(), "select count(expires_at) from run_leases"), 1);
  EXPECT_FALSE(fs::exists(copy().string() + ".unfinished"));
  opened(copy());  // a backup like any other
}

// A failure in the middle, here for want of a place for the copy or of a table: all is as it was.
TEST_F(SqliteSchema, AnUpgradeThatFailsChangesNothing) {
  make_version_1();
  fs::create_directory(copy());
  std::ofstream(copy() / "in the way") << "x";
  EXPECT_THROW(opened(file()), StoreUnavailable);
  EXPECT_EQ(number(file(), "pragma user_version"), 1);
  fs::remove_all(copy());
  SqliteConnection(file()).execute("create view shown_runs as select 1");
  EXPECT_THROW(opened(file()), StoreUnavailable);
  EXPECT_EQ(number(file(), "pragma user_version"), 1);
  EXPECT_EQ(number(file(), "select count(expires_at) from run_leases"), 1) << "an earlier step of the same file";
  SqliteConnection(file()).execute("drop view shown_runs");
  EXPECT_EQ(opened(file())->counts().completed, 1);
}

TEST_F(SqliteSchema, SeveralProcessesUpgradeOnce) {
  make_version_1();
  std::vector<std::thread> openers;
  std::atomic<int> completed = 0;
  for (int i = 0; i < 4; ++i)
    openers.emplace_back([&] { completed += static_cast<int>(opened(file())->counts().completed); });
  for (std::thread& opener : openers) opener.join();
  EXPECT_EQ(completed, 4);
}

// A program of version 1 that has the file open stops at its next claim or renewal instead of misreading the clock.
TEST_F(SqliteSchema, AnOldProgramThatGoesOnHarmsNothing) {
  make_version_1();
  SqliteConnection old(file());
  opened(file());
  EXPECT_THROW(old.run("update run_leases set expires_at = ?, duration = ? where run = ?", 1, 1, 4), StoreUnavailable);
  EXPECT_THROW(old.query("select 1 from run_leases where expires_at <= ?1", 1), StoreUnavailable);
}

TEST_F(SqliteSchema, AFileOfALaterVersionIsRefusedAndLeftAsItIs) {
  opened(file());
  const std::int64_t newest = std::ssize(sqlite_migrations());
  const std::string later = std::to_string(newest + 1);
  SqliteConnection(file()).execute("pragma user_version = " + later);
  try {
    opened(file());
    ADD_FAILURE() << "opened";
  } catch (const StoreUnavailable& error) {
    EXPECT_NE(std::string(error.what())
                  .find("version " + later + "; this build knows versions up to " + std::to_string(newest)),
              std::string::npos)
        << error.what();
  }
  EXPECT_EQ(number(file(), "pragma user_version"), newest + 1);
}

TEST_F(SqliteSchema, AnotherProgramsFileIsNotTouched) {
  SqliteConnection(file()).execute("create table cats (name text)");
  const std::string before = text_of(file());
  EXPECT_THROW(opened(file()), StoreUnavailable);
  EXPECT_EQ(text_of(file()), before);
}

// Pages of zeros, as a machine that lost power may leave them.
TEST_F(SqliteSchema, ADamagedFileIsSaidToBeDamaged) {
  {
    const auto store = opened(file());
    Submission submission;
    submission.record.config_json = std::string(40'000, 'x');
    for (int i = 0; i < 20; ++i) {
      submission.record.run_id = "run" + std::to_string(i);
      ASSERT_TRUE(store->submit(submission, {}));
    }
  }
  ASSERT_FALSE(fs::exists(file().string() + "-wal"));
  {
    std::fstream damage(file(), std::ios::in | std::ios::out | std::ios::binary);
    damage.seekp(4096 * 100);
    damage << std::string(4096 * 20, '\0');
  }
  try {
    opened(file());
    ADD_FAILURE() << "opened";
  } catch (const StoreDamaged& error) {
    EXPECT_NE(std::string(error.what()).find("restore it from a backup"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace backtest
