#include "run_store/postgres/postgres_run_store.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <thread>

#include "base/random_id.hpp"
#include "postgres/private_cluster_for_tests.hpp"
#include "run_store/postgres/migrate.hpp"
#include "run_store/postgres/migrated_database_for_tests.hpp"

namespace backtest {
namespace {

constexpr const char* worker_id = "3c6a5e9e-0f5d-4f0c-9a44-2f1de3a1b001";

using std::chrono::milliseconds;

Submission run_of(std::string submitter, int priority = 0) {
  Submission submission;
  submission.record.run_id = "RUN20240131-" + random_hex(16);
  submission.record.submitter = std::move(submitter);
  submission.record.priority = priority;
  submission.record.config_json = "{}";
  submission.record.effective_config_json = "{\"a\":1}";
  submission.record.config_sha256 = "c";
  return submission;
}

class PostgresRunStoreTest : public testing::Test {
 protected:
  PostgresRunStoreTest() : database(migrated_database()) {
    store = std::make_unique<PostgresRunStore>(dsn());
    store->open();
  }
  Secret dsn(const std::string& user = "postgres") const {
    return Secret(PrivateCluster::shared().dsn(database, user));
  }
  std::vector<ClaimedRun> claim(int limit = 1, int cap = 0, milliseconds lease = milliseconds(30'000)) {
    return store->claim(
        {.worker_id = worker_id, .limit = limit, .lease_duration = lease, .submitter_running_limit = cap});
  }
  void execute(const std::string& sql) {
    const ConnectionString target(dsn());
    PostgresConnection(target, {}).run_script(sql);
  }

  std::string database;
  std::unique_ptr<PostgresRunStore> store;
};

// Each would let a run be accepted that nobody finds in the queue, or refuse what is accepted elsewhere.
TEST_F(PostgresRunStoreTest, IsNotReadyWithoutItsTriggersAndFunctions) {
  struct Case {
    const char *spoil, *mend, *said;
  };
  for (const Case& c :
       {Case{"alter table backtest.runs disable trigger enqueue_inserted_run",
             "alter table backtest.runs enable trigger enqueue_inserted_run", "the trigger enqueue_inserted_run"},
        Case{"alter function backtest.reclaim_runs rename to elsewhere",
             "alter function backtest.elsewhere rename to reclaim_runs", "the function reclaim_runs"}}) {
    EXPECT_NO_THROW(store->ping());
    execute(c.spoil);
    try {
      store->ping();
      ADD_FAILURE() << c.spoil;
    } catch (const StoreUnavailable& refused) {
      EXPECT_NE(std::string(refused.what()).find(c.said), std::string::npos) << refused.what();
    }
    execute(c.mend);
  }
  execute("alter database " + database + " set session_replication_role = replica");
  PostgresRunStore another(dsn());
  EXPECT_THROW(another.open(), StoreUnavailable);
}

TEST_F(PostgresRunStoreTest, ARunGoesFromSubmissionToResult) {
  const Submission submission = run_of("anna");
  const auto submitted = store->submit(submission, {});
  ASSERT_TRUE(submitted.has_value());
  EXPECT_EQ(submitted->record.state, RunState::queued);
  const auto claimed = claim();
  ASSERT_EQ(claimed.size(), 1u);
  EXPECT_EQ(claimed[0].record.effective_config_json, "{\"a\":1}");
  EXPECT_EQ(claimed[0].lease.epoch, 1);
  EXPECT_EQ(store->current_lease(submission.record.run_id), claimed[0].lease);
  const auto renewed =
      store->renew({{claimed[0].lease, AttemptProgress{0.5, "2024-01-31", 10.0}}}, milliseconds(30'000));
  EXPECT_EQ(renewed, std::vector{LeaseState::held});
  EXPECT_EQ(store->get(submission.record.run_id)->progress, 0.5);
  const Completion completion{.artifacts = {"attempts/1-x", "m"}, .numbers = {.total_return = 0.1}};
  for (int again = 0; again < 2; ++again) {
    const auto done = store->complete(claimed[0].lease, completion);
    ASSERT_TRUE(done.has_value());
    EXPECT_EQ(done->state, RunState::completed);
    EXPECT_EQ(done->numbers.total_return, 0.1);
  }
  EXPECT_EQ(store->events(submission.record.run_id, 0).size(), 3u);
  EXPECT_TRUE(store->audit().empty());
}

// Two characters have no trigram, however many bytes they are.
TEST_F(PostgresRunStoreTest, AShortTextOfLongCharactersIsFoundAmongWhatIsTakenIn) {
  Submission submission = run_of("anna");
  submission.record.run_name = "caf\u00e9s";
  ASSERT_TRUE(store->submit(submission, {}));
  execute("update backtest.run_text_extent set indexed_to = 'infinity'");
  EXPECT_EQ(store->list({.text = "\u00e9s"}, std::nullopt, 9).runs.size(), 1u);
}

// Dashboards read the table as the old service wrote it (STO-4).
TEST_F(PostgresRunStoreTest, TheOldColumnsOfTheTableHoldWhatTheyDid) {
  Submission submission = run_of("anna");
  submission.record.run_name = "momentum";
  submission.record.start_date = "2015-01-01";
  submission.record.output_dir = submission.record.run_id;
  ASSERT_TRUE(store->submit(submission, {}));
  const ConnectionString target(dsn());
  PostgresConnection connection(target, {});
  const auto row = [&] {
    const auto rows = connection.run(
        "select concat_ws(' ', status, output_dir = run_id, run_name, start_date, coalesce(error, '-'), config_json, "
        "effective_config_json, submitted_at <= now(), started_at >= submitted_at, completed_at >= started_at) "
        "from backtest.runs");
    return std::string(rows.text(0, 0));
  };
  EXPECT_EQ(row(), "queued t momentum 2015-01-01 - {} {\"a\":1} t");
  const auto claimed = claim();
  ASSERT_EQ(claimed.size(), 1u);
  EXPECT_EQ(row(), "running t momentum 2015-01-01 - {} {\"a\":1} t t");
  ASSERT_TRUE(store->complete(claimed[0].lease, {.artifacts = {"attempts/1", ""}}));
  EXPECT_EQ(row(), "completed t momentum 2015-01-01 - {} {\"a\":1} t t t");
}

TEST_F(PostgresRunStoreTest, AStaleHolderChangesNothing) {
  const auto run_id = store->submit(run_of("anna"), {})->record.run_id;
  const auto stale = claim(1, 0, milliseconds(1)).at(0).lease;
  std::this_thread::sleep_for(milliseconds(5));
  EXPECT_FALSE(store->complete(stale, {}).has_value());
  EXPECT_EQ(store->reclaim(8, 3), std::vector{run_id});
  const auto current = claim().at(0).lease;
  EXPECT_EQ(current.epoch, 2);
  EXPECT_FALSE(store->complete(stale, {}).has_value());
  EXPECT_FALSE(store->release(stale).has_value());
  EXPECT_TRUE(store->complete(current, {}).has_value());
}

TEST_F(PostgresRunStoreTest, ClaimsByPriorityThenRoundRobinWithinTheCap) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(store->submit(run_of("anna"), {}));
  ASSERT_TRUE(store->submit(run_of("bert"), {}));
  ASSERT_TRUE(store->submit(run_of("cleo", 5), {}));
  std::string order;
  for (const ClaimedRun& run : claim(4)) order += run.record.submitter[0];
  EXPECT_EQ(order, "caba");
  EXPECT_TRUE(claim(8, 2).empty());
  EXPECT_EQ(claim(8, 3).size(), 1u);
}

TEST_F(PostgresRunStoreTest, AnOldServicesStartUpIsRefusedAndItsRunsAreQueued) {
  execute(
      "insert into backtest.runs (run_id, status, submitted_at, run_name, config_json, effective_config_json) "
      "values ('RUN20240131-01234567', 'queued', now(), 'old', '{}', '{}')");
  EXPECT_THROW(execute("update backtest.runs set status = 'failed', completed_at = coalesce(completed_at, now()), "
                       "error = coalesce(error, 'service restarted') where status in ('queued', 'running')"),
               PostgresError);
  EXPECT_EQ(claim().at(0).lease.run_id, "RUN20240131-01234567");
  EXPECT_TRUE(store->audit().empty());
}

TEST_F(PostgresRunStoreTest, RefusesOtherSchemas) {
  execute("update backtest.schema_version set version = 99, oldest_compatible = 99");
  EXPECT_THROW(store->open(), StoreUnavailable);
  execute("update backtest.schema_version set version = 5, oldest_compatible = 5");
  EXPECT_THROW(store->open(), StoreUnavailable);
  execute("update backtest.schema_version set version = 99, oldest_compatible = 6");
  store->open();
  PostgresRunStore empty(Secret(PrivateCluster::shared().dsn("postgres")));
  EXPECT_THROW(empty.open(), StoreUnavailable);
}

TEST_F(PostgresRunStoreTest, IdempotencyKeysDuplicatesAndTheQueueLimit) {
  Submission first = run_of("anna");
  first.idempotency_key = "k";
  first.body_sha256 = "b";
  ASSERT_TRUE(store->submit(first, {}));
  Submission again = run_of("anna");
  again.idempotency_key = "k";
  again.body_sha256 = "b";
  EXPECT_EQ(store->submit(again, {})->record.run_id, first.record.run_id);
  again.body_sha256 = "other";
  EXPECT_EQ(store->submit(again, {}).error(), SubmitError::idempotency_conflict);
  Submission same_id = first;
  same_id.idempotency_key.reset();
  EXPECT_EQ(store->submit(same_id, {}).error(), SubmitError::duplicate_run_id);
  EXPECT_EQ(store->submit(run_of("bert"), {.queue_limit = 1}).error(), SubmitError::queue_full);
}

TEST_F(PostgresRunStoreTest, CancelFailAndRemove) {
  const auto queued = store->submit(run_of("anna"), {})->record.run_id;
  EXPECT_EQ(store->remove(queued).error(), RemoveError::not_terminal);
  EXPECT_EQ(store->cancel(queued), CancelOutcome::cancelled);
  EXPECT_EQ(store->cancel(queued), CancelOutcome::already_terminal);
  EXPECT_TRUE(store->remove(queued).has_value());
  EXPECT_EQ(store->cancel(queued), CancelOutcome::not_found);
  const auto run_id = store->submit(run_of("anna"), {})->record.run_id;
  auto lease = claim().at(0).lease;
  EXPECT_EQ(store->fail(lease, {.code = "x", .message = "m", .retryable = true})->state, RunState::queued);
  lease = claim().at(0).lease;
  EXPECT_EQ(store->cancel(run_id), CancelOutcome::requested);
  EXPECT_EQ(store->renew({{lease, std::nullopt}}, milliseconds(1000)), std::vector{LeaseState::cancel_requested});
  EXPECT_EQ(store->finish_cancel(lease)->state, RunState::cancelled);
  EXPECT_EQ(store->list({.state = RunState::cancelled}, std::nullopt, 10).runs.size(), 1u);
  EXPECT_EQ(store->counts().cancelled, 1);
  EXPECT_TRUE(store->audit().empty());
}

}  // namespace
}  // namespace backtest
