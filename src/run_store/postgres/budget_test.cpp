// What a run may cost, in measures that are equal on every machine: transactions that write, WAL, HOT updates, and the
// plan of a claim.
#include <gtest/gtest.h>

#include <sstream>

#include "base/date.hpp"
#include "postgres/private_cluster_for_tests.hpp"
#include "run_store/postgres/migrate.hpp"
#include "run_store/postgres/postgres_run_store.hpp"

namespace backtest {
namespace {

constexpr int warm_up_runs = 200;
constexpr int measured_runs = 1'000;

class PostgresBudget : public testing::Test {
 protected:
  // A cluster of its own: WAL is counted over the whole of it.
  PostgresBudget() : dsn_(cluster_.dsn(cluster_.create_database())), target_(dsn_), connection_(target_, {}) {
    std::ostringstream out;
    EXPECT_EQ(migrate_command(dsn_, {"up"}, out, out), 0) << out.str();
    connection_.run("alter system set autovacuum = off");
    connection_.run("select pg_reload_conf()");
    store_ = std::make_unique<PostgresRunStore>(dsn_);
    store_->open();
  }

  void submit(int runs, const std::string& prefix) {
    Submission submission;
    submission.record.submitter = "anna";
    submission.record.run_name = "momentum";
    submission.record.start_date = "2015-01-01";
    submission.record.end_date = "2024-12-31";
    submission.record.config_json = "{}";
    submission.record.effective_config_json = "{}";
    submission.record.config_sha256 = std::string(64, 'a');
    submission.body_sha256 = std::string(64, 'b');
    for (int i = 0; i < runs; ++i) {
      submission.record.run_id = prefix + "-" + std::to_string(i);
      submission.record.output_dir = submission.record.run_id;
      ASSERT_TRUE(store_->submit(submission, {.queue_limit = 10'000}));
    }
  }
  Lease claim() { return store_->claim({.worker_id = "0f8fad5b-d9cb-469f-a165-70867728950e"}).at(0).lease; }
  void complete(const Lease& lease) {
    const Completion completion{
        .artifacts = {"attempts/1-" + lease.token, std::string(64, 'c')},
        .numbers = {.total_return = 0.5, .sharpe_ratio = 1.25, .max_drawdown = -0.25, .trades = 1000}};
    ASSERT_TRUE(store_->complete(lease, completion));
  }
  void run_all(int runs, const std::string& prefix) {
    submit(runs, prefix);
    for (int i = 0; i < runs; ++i) complete(claim());
  }
  std::int64_t number(const std::string& sql) { return connection_.run(sql).integer(0, 0); }
  std::string wal_position() {
    return connection_.run("select pg_current_wal_insert_lsn()").optional_text(0, 0).value();
  }

  PrivateCluster cluster_;
  const Secret dsn_;
  const ConnectionString target_;
  PostgresConnection connection_;
  std::unique_ptr<PostgresRunStore> store_;
};

constexpr const char* next_transaction = "select pg_snapshot_xmax(pg_current_snapshot())::text::bigint";

TEST_F(PostgresBudget, ARunIsThreeCommitsAndFewBytesOfWal) {
  run_all(warm_up_runs, "warm");
  connection_.run("checkpoint");
  run_all(warm_up_runs, "images");  // pages change for the first time after the checkpoint
  const std::int64_t transactions = number(next_transaction);
  const std::string from = wal_position();
  run_all(measured_runs, "run");
  const std::string to = wal_position();
  EXPECT_LE(number(next_transaction) - transactions, 3 * measured_runs);
  const std::int64_t bytes =
      connection_.run("select ($2::pg_lsn - $1::pg_lsn)::bigint", {from, to}).integer(0, 0) / measured_runs;
  RecordProperty("wal_bytes_per_run", static_cast<int>(bytes));
  EXPECT_LE(bytes, 1'560);
  // Nothing else than an insertion writes to an index of the wide row.
  store_.reset();  // its sessions report their statistics at their end
  const std::string updates = "select n_tup_upd from pg_stat_all_tables where relid = 'backtest.runs'::regclass";
  constexpr int all_runs = 2 * warm_up_runs + measured_runs;
  for (int tries = 0; tries < 100 && number(updates) < 2 * all_runs; ++tries) connection_.run("select pg_sleep(0.05)");
  EXPECT_EQ(number(updates), 2 * all_runs);
  EXPECT_EQ(number("select n_tup_hot_upd from pg_stat_all_tables where relid = 'backtest.runs'::regclass"),
            2 * all_runs);
}

// The plan that a session keeps was made when the queue was short, and by the statistics of that time.
TEST_F(PostgresBudget, AClaimReadsHardlyMorePagesOfALongQueue) {
  const auto queue_up = [&](int from, int to) {
    connection_.run(
        "insert into backtest.runs (run_id, status, submitter, available_at, config_json, effective_config_json) "
        "select 'run-' || i, 'queued', 'anna', timestamptz '2024-01-31' + i * interval '1 second', '{}', '{}' from "
        "generate_series($1::int, $2::int) i",
        {std::to_string(from), std::to_string(to)});
  };
  const auto pages_of_a_claim = [&] {
    const auto rows = connection_.run(
        "explain (analyze, buffers) select * from backtest.claim_runs(gen_random_uuid(), 30000000, 1, 0, '{anna}', "
        "'{-2147483648}', '{-infinity}', '{0}', array[gen_random_uuid()])");
    int pages = 0;
    for (int row = 0; row < rows.size() && pages == 0; ++row) {
      const std::string line(rows.text(row, 0));
      const auto at = line.find("Buffers: shared hit=");
      if (at != std::string::npos) pages = std::atoi(line.c_str() + at + 20);
    }
    EXPECT_GT(pages, 0);
    return pages;
  };
  queue_up(1, 20);
  connection_.run("vacuum analyze");
  pages_of_a_claim();  // makes the plans
  const int pages = pages_of_a_claim();
  queue_up(21, 20'000);
  pages_of_a_claim();  // reads catalogs and the ends of longer indexes for the first time
  const int later_pages = pages_of_a_claim();
  RecordProperty("pages_of_a_claim", later_pages);
  EXPECT_LE(later_pages, pages + 20);
}

// Also where the plan is not the one that the function asks for.
TEST_F(PostgresBudget, AClaimLocksOneRunOfTheQueue) {
  connection_.run(
      "do $$ declare f regprocedure; begin select oid into f from pg_proc where proname = 'claim_runs'; execute 'alter "
      "function ' || f || ' reset enable_seqscan'; execute 'alter function ' || f || ' reset enable_bitmapscan'; end "
      "$$");
  submit(20, "run");
  connection_.run("analyze backtest.run_queue");
  PostgresTransaction transaction(connection_);
  const auto claimed = connection_.run(
      "select run_id from backtest.claim_runs(gen_random_uuid(), 30000000, 1, 0, '{anna}', '{-2147483648}', "
      "'{-infinity}', '{0}', array[gen_random_uuid()])");
  ASSERT_EQ(claimed.size(), 1);
  EXPECT_EQ(claimed.text(0, 0), "run-0");
  EXPECT_EQ(number("select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"), 1);
}

TEST_F(PostgresBudget, ARenewalIsAHotUpdateOfAHundredBytes) {
  constexpr int leases = 16, rounds = 200;
  submit(leases, "run");
  std::vector<Renewal> renewals;
  for (int i = 0; i < leases; ++i) renewals.push_back({claim(), AttemptProgress{0.5, "2020-01-31", 1e6, 1'234'567.8}});
  for (int i = 0; i < 20; ++i) store_->renew(renewals, std::chrono::seconds(30));
  const auto bytes_of_rounds = [&](auto&& change) {
    const std::string from = wal_position();
    for (int i = 0; i < rounds; ++i) {
      for (Renewal& renewal : renewals) change(*renewal.progress, i);
      store_->renew(renewals, std::chrono::seconds(30));
    }
    return connection_.run("select (pg_current_wal_insert_lsn() - $1::pg_lsn)::bigint", {from}).integer(0, 0) /
           (leases * rounds);
  };
  const std::int64_t bytes = bytes_of_rounds([](AttemptProgress&, int) {});
  RecordProperty("wal_bytes_per_renewal", static_cast<int>(bytes));
  EXPECT_LE(bytes, 130);
  // A run that goes on has another value everywhere, each second.
  const std::int64_t bytes_of_news = bytes_of_rounds([](AttemptProgress& progress, int round) {
    constexpr Date first{.days = 18'262};
    progress = {.fraction = round / 1000.0,
                .date = to_text(Date{first.days + round}),
                .bars_per_second = 1e6 / (round + 3),
                .nav = 1e6 + 1e6 / (round + 7)};
  });
  RecordProperty("wal_bytes_per_renewal_with_news", static_cast<int>(bytes_of_news));
  EXPECT_LE(bytes_of_news, 135);
  store_.reset();  // its sessions report their statistics at their end
  const std::string updates = "select n_tup_upd from pg_stat_all_tables where relid = 'backtest.run_leases'::regclass";
  constexpr int all_rounds = 2 * rounds;
  for (int tries = 0; tries < 100 && number(updates) < leases * all_rounds; ++tries) {
    connection_.run("select pg_sleep(0.05)");
  }
  const std::int64_t all = number(updates);
  const std::int64_t hot =
      number("select n_tup_hot_upd from pg_stat_all_tables where relid = 'backtest.run_leases'::regclass");
  ASSERT_GE(all, leases * all_rounds);
  EXPECT_GE(static_cast<double>(hot), 0.99 * static_cast<double>(all));
}

}  // namespace
}  // namespace backtest
