#include "run_store/sqlite/group_commit.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "run_store/run_store.hpp"

namespace backtest {
namespace {

class GroupCommitTest : public testing::Test {
 protected:
  GroupCommitTest() {
    std::string name = testing::TempDir() + "group_commit_XXXXXX";
    directory_ = mkdtemp(name.data());
    auto connection = std::make_unique<SqliteConnection>(directory_ / "file");
    connection->execute("pragma journal_mode = wal; create table t (writer integer, part integer)");
    writer_ = std::make_unique<GroupCommit>(std::move(connection));
  }
  ~GroupCommitTest() override {
    writer_.reset();
    std::filesystem::remove_all(directory_);
  }
  std::int64_t one(const std::string& sql) {
    SqliteConnection reader(directory_ / "file");
    auto rows = reader.query(sql);
    return rows.next() ? rows.integer(0) : -1;
  }

  std::filesystem::path directory_;
  std::unique_ptr<GroupCommit> writer_;
};

TEST_F(GroupCommitTest, EachWriteIsAllOrNothingForItself) {
  std::atomic<int> failed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; ++i) {
    threads.emplace_back([&, i] {
      const auto write = [&](SqliteConnection& connection) {
        connection.run("insert into t values (?, 1)", i);
        if (i % 4 == 0) throw std::runtime_error("changed my mind");
        if (i % 4 == 1) connection.run("insert into no_such_table values (1)");
        connection.run("insert into t values (?, 2)", i);
      };
      try {
        writer_->run(write);
        EXPECT_EQ(i % 4 / 2, 1) << i;
      } catch (const std::runtime_error&) {
        ++failed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 32);
  EXPECT_EQ(one("select count(*) from t"), 64);
  EXPECT_EQ(one("select count(distinct writer) from t"), 32);
}

TEST_F(GroupCommitTest, IsCommittedWhenItReturns) {
  for (int i = 0; i < 10; ++i) {
    writer_->run([&](SqliteConnection& connection) { connection.run("insert into t values (?, 0)", i); });
    EXPECT_EQ(one("select count(*) from t"), i + 1);
  }
}

TEST_F(GroupCommitTest, GoesOnAfterAFullDisk) {
  writer_->run([](SqliteConnection& connection) { connection.execute("pragma max_page_count = 4"); });
  const auto too_much = [](SqliteConnection& connection) {
    for (int i = 0; i < 10'000; ++i) connection.run("insert into t values (?, 9)", i);
  };
  EXPECT_THROW(writer_->run(too_much), StoreUnavailable);
  EXPECT_EQ(one("select count(*) from t"), 0);
  writer_->run([](SqliteConnection& connection) { connection.run("insert into t values (1, 1)"); });
  EXPECT_EQ(one("select count(*) from t"), 1);
}

}  // namespace
}  // namespace backtest
