// A search by text gives the rows of LIKE in the list's order, whatever the index has seen.
#include "run_store/sqlite/text_index.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <thread>

#include "run_store/sqlite/sqlite_run_store.hpp"

namespace backtest {
namespace {

using Ids = std::vector<std::string>;

class TextIndexTest : public testing::Test {
 protected:
  TextIndexTest() {
    std::string name = testing::TempDir() + "text_index_XXXXXX";
    directory_ = mkdtemp(name.data());
  }
  ~TextIndexTest() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path file() const { return directory_ / "runs.sqlite3"; }
  // Its clock moves seldom, so that many runs share their time.
  std::unique_ptr<RunStore> open_store() {
    auto store = make_sqlite_run_store(file(), {.clock = [this] { return now_ / 3; }});
    store->open();
    return store;
  }
  void submit(RunStore& store, const std::string& run_id, const std::optional<std::string>& name) {
    ++now_;
    Submission submission;
    submission.record.run_id = submission.record.output_dir = run_id;
    submission.record.run_name = name;
    submission.record.config_json = submission.record.effective_config_json = "{}";
    ASSERT_TRUE(store.submit(submission, {}));
  }
  static void extend(SqliteConnection& connection, std::int64_t rows) {
    connection.run("begin immediate");
    sqlite::extend_text_index(connection, rows);
    connection.run("commit");
  }
  static std::int64_t entries(SqliteConnection& connection) {
    auto rows = connection.query("select entries from run_text_extent");
    return rows.next() ? rows.integer(0) : -1;
  }
  // Waits for the store's own thread.
  static bool caught_up(SqliteConnection& connection) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (sqlite::is_text_index_behind(connection) && std::chrono::steady_clock::now() < give_up) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return !sqlite::is_text_index_behind(connection);
  }
  // RUN-1, RUN-2, ... by one commit.
  static void insert_finished_runs(SqliteConnection& connection, int count) {
    connection.run(
        "insert into run_records (run_id, run_name, status, submitted_at, output_dir, config_sha256, submitter, "
        "priority) with recursive numbers(i) as (select 1 union all select i + 1 from numbers where i < ?1) "
        "select 'RUN-' || i, 'name ' || i, 'completed', i, '', '', '', 0 from numbers",
        count);
  }

  std::filesystem::path directory_;
  StoreTime now_ = 0;
};

Ids ids_of(const ListPage& page) {
  Ids ids;
  for (const RunRecord& run : page.runs) ids.push_back(run.run_id);
  return ids;
}

// What STO-2 says, without any index of texts.
Ids all_by_like(SqliteConnection& connection, const ListFilter& filter) {
  std::string pattern = "%";
  for (const char c : filter.text) pattern += std::string(c == '%' || c == '_' || c == '\\' ? "\\" : "") + c;
  auto rows = connection.query(
      "select run_id from run_records where (run_id like ?1 escape '\\' or run_name like ?1 escape '\\') "
      "and (?2 is null or status = ?2) order by submitted_at desc, run_id desc",
      pattern + "%", filter.state ? std::optional(to_text(*filter.state)) : std::nullopt);
  Ids ids;
  while (rows.next()) ids.push_back(rows.text(0));
  return ids;
}

Ids all_by_pages(RunStore& store, const ListFilter& filter, int limit) {
  Ids ids;
  std::optional<ListCursor> after;
  do {
    const ListPage page = store.list(filter, after, limit);
    for (const RunRecord& run : page.runs) ids.push_back(run.run_id);
    after = page.next;
  } while (after);
  return ids;
}

// Few letters, so that much matches; among them all that LIKE, FTS5 or Unicode treat in a way of their own.
std::string random_text(std::mt19937& random, std::size_t longest) {
  static const std::vector<std::string> letters = {
      "a",  "A",  "b",      "B", "1",      "-", "_",      "%", "\\", "\"", "'",  "*",  "(",
      "ab", "Ab", "\u00e4", "k", "\u212a", "s", "\u017f", "I", "i",  " ",  "OR", "\n", "\U0001f600"};
  std::string text;
  for (std::size_t length = random() % (longest + 1); length > 0; --length) text += letters[random() % letters.size()];
  return text;
}

TEST_F(TextIndexTest, GivesTheRowsOfLikeInTheirOrder) {
  for (unsigned seed = 1; seed <= 4; ++seed) {
    std::mt19937 random(seed);
    std::filesystem::remove(file());
    const auto store = open_store();
    SqliteConnection connection(file());
    Ids alive;
    std::size_t by_index = 0, found = 0;
    for (int step = 0; step < 250; ++step) {
      const auto what = random() % 10;
      if (what < 4) {
        const std::string id = "RUN-" + std::to_string(step) + (random() % 2 == 0 ? "aB1" : "Ab-");
        const bool named = random() % 4 != 0;
        submit(*store, id, named ? std::optional(random_text(random, 12)) : std::nullopt);
        alive.push_back(id);
      } else if (what == 4 && !alive.empty()) {
        const std::size_t at = random() % alive.size();
        store->cancel(alive[at]);
        if (random() % 2 == 0) {
          ASSERT_TRUE(store->remove(alive[at]));
          alive.erase(alive.begin() + static_cast<std::ptrdiff_t>(at));
        }
      } else if (what == 5) {
        extend(connection, 1 + static_cast<std::int64_t>(random() % 40));
      } else {
        ListFilter filter{.text = random_text(random, 6)};
        if (filter.text.find_first_not_of(" \n") == std::string::npos) continue;  // blank: no filter
        if (random() % 3 == 0) filter.state = random() % 2 == 0 ? RunState::queued : RunState::cancelled;
        const Ids expected = all_by_like(connection, filter);
        ASSERT_EQ(all_by_pages(*store, filter, 1 + static_cast<int>(random() % 9)), expected)
            << "seed " << seed << ", step " << step << ", '" << filter.text << "'";
        const std::size_t offset = random() % 4;
        const Ids rest(expected.begin() + static_cast<std::ptrdiff_t>(std::min(offset, expected.size())),
                       expected.end());
        ASSERT_EQ(ids_of(store->list_offset(filter, static_cast<std::int64_t>(offset), 200)), rest);
        by_index += sqlite::text_candidates(connection, filter.text).has_value() ? 1 : 0;
        found += expected.size();
      }
    }
    EXPECT_GT(by_index, 5u) << "the index took part";
    EXPECT_GT(found, 10u);
  }
}

TEST_F(TextIndexTest, SaysNothingWhereItCannot) {
  const auto store = open_store();
  SqliteConnection connection(file());
  for (int i = 0; i < 10; ++i) submit(*store, "RUN-" + std::to_string(i), "momentum");
  extend(connection, 6);
  const auto candidates = [&](std::string_view text) { return sqlite::text_candidates(connection, text); };
  EXPECT_EQ(candidates("um"), std::nullopt);
  EXPECT_EQ(candidates("\u00e4\u00e4\u00e4"), std::nullopt);
  EXPECT_EQ(candidates("nothing")->size(), 4u) << "those that are not indexed";
  extend(connection, 100);
  EXPECT_TRUE(candidates("nothing")->empty());
  EXPECT_EQ(candidates("RUN-3"), std::vector<std::int64_t>{4});
  EXPECT_EQ(candidates("MOMENT")->size(), 10u);
}

// Entries of removed runs cost time, not rows; when they are most of it, the index is built anew.
TEST_F(TextIndexTest, ForgetsRemovedRunsAtLast) {
  const auto store = open_store();
  SqliteConnection connection(file());
  insert_finished_runs(connection, 1'200);
  extend(connection, 2'000);
  EXPECT_FALSE(sqlite::is_text_index_behind(connection));
  connection.run("delete from run_records where id <> 77");
  EXPECT_TRUE(sqlite::is_text_index_behind(connection));
  EXPECT_EQ(all_by_pages(*store, {.text = "RUN-7"}, 10), Ids{"RUN-77"});
  EXPECT_TRUE(caught_up(connection));
  EXPECT_EQ(sqlite::text_candidates(connection, "RUN-7"), std::vector<std::int64_t>{77});
  EXPECT_LE(entries(connection), 1);
}

// A file of version 1 may lack the index; whoever opens it next adds one, and it fills after a search.
TEST_F(TextIndexTest, IsAddedToAFileThatLacksIt) {
  {
    std::ostringstream version_1;
    version_1
        << std::ifstream(std::string(BACKTEST_SOURCE_DIR) + "/src/run_store/sqlite/testdata/version_1.sql").rdbuf();
    SqliteConnection connection(file());
    connection.execute(version_1.str());
    connection.execute("drop table run_text; drop table run_text_extent; delete from run_records;");
    insert_finished_runs(connection, 1'500);
  }
  std::vector<pid_t> children;
  for (int process = 0; process < 2; ++process) {
    children.push_back(fork());
    if (children.back() != 0) continue;
    // An exception must not reach the test's runner, which would go on with all other tests in this process, too.
    try {
      const auto store = open_store();
      SqliteConnection connection(file());
      const auto finds_all = [&] { return all_by_pages(*store, {.text = "NAME 129"}, 20).size() == 11; };
      const bool before = finds_all(), indexed = caught_up(connection);
      _exit(before && indexed && finds_all() ? 0 : 1);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
      _exit(2);
    }
  }
  for (const pid_t child : children) {
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  SqliteConnection connection(file());
  EXPECT_EQ(entries(connection), 1'500) << "each run was indexed once";
}

}  // namespace
}  // namespace backtest
