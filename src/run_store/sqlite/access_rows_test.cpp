// The retention of the audit, which its trigger bounds.
#include "run_store/sqlite/access_rows.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/utc_time.hpp"
#include "run_store/sqlite/schema.hpp"

namespace backtest::sqlite {
namespace {

constexpr StoreTime hour = 3'600'000'000;

TEST(AccessRows, TheRetentionTakesWhatIsOldAndNothingElse) {
  std::string name = testing::TempDir() + "access_rows_XXXXXX";
  const std::filesystem::path directory = mkdtemp(name.data());
  {
    const StoreTime now = utc_now();
    SqliteConnection connection(directory / "runs.sqlite3");
    open_schema(connection, directory / "runs.sqlite3", now);
    append_audit(connection, now - 36 * hour, {.action = "old", .caller = "ada"});
    append_audit(connection, now, {.action = "new", .caller = "ada"});
    EXPECT_EQ(remove_audit_older_than(connection, now, 2), 0);
    EXPECT_ANY_THROW(remove_audit_older_than(connection, now + 72 * hour, 1)) << "a clock ahead removes nothing new";
    EXPECT_EQ(audit_events(connection, {}, 10).size(), 2u);
    EXPECT_EQ(remove_audit_older_than(connection, now, 0), 1) << "a day at least";
    const auto left = audit_events(connection, {}, 10);
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left[0].action, "new");
  }
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace backtest::sqlite
