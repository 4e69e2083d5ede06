#include "run_store/postgres/migrate.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>
#include <thread>

#include "base/diagnostic.hpp"
#include "postgres/private_cluster_for_tests.hpp"
#include "run_store/postgres/postgres_run_store.hpp"
#include "run_store/stress_for_tests.hpp"

namespace backtest {
namespace {

constexpr const char* worker_id = "3c6a5e9e-0f5d-4f0c-9a44-2f1de3a1b001";

class MigrateTest : public testing::Test {
 protected:
  PrivateCluster& cluster = PrivateCluster::shared();
  const std::string database = cluster.create_database();

  std::string dsn(const std::string& user = "postgres") const { return cluster.dsn(database, user); }
  std::pair<int, std::string> migrate(std::vector<std::string> arguments, const std::string& user = "postgres") {
    std::ostringstream out;
    const int code = migrate_command(Secret(dsn(user)), arguments, out, out);
    return {code, out.str()};
  }
  // The SQLSTATE, or nothing where it is allowed.
  std::string execute(const std::string& sql, const std::string& user = "postgres") {
    const ConnectionString target{Secret(dsn(user))};
    PostgresConnection connection(target, {});
    try {
      connection.run_script(sql);
    } catch (const PostgresError& error) {
      return error.sqlstate();
    }
    return "";
  }
  void apply_old_migrations() {
    for (const Migration& migration : embedded_migrations().first(4)) {
      ASSERT_EQ(execute(std::string(migration.sql)), "");
      ASSERT_EQ(execute("insert into public.schema_migrations (version) values ('" +
                        std::string(migration.version.substr(0, 4)) + "_old_name')"),
                "");
    }
  }
};

constexpr const char* insert_old =
    "insert into backtest.runs (run_id, status, submitted_at, config_json, effective_config_json) values ";

TEST_F(MigrateTest, FreshThenNothingToDo) {
  EXPECT_EQ(migrate({"check"}).first, 1);
  EXPECT_EQ(migrate({"up"}).first, 0);
  EXPECT_EQ(migrate({"check"}).first, 0);
  EXPECT_NE(migrate({"up"}).second.find("nothing to apply"), std::string::npos);
  EXPECT_EQ(migrate({"sideways"}).first, 2);
  std::ostringstream out;
  EXPECT_EQ(migrate_command(Secret("nonsense"), {"up"}, out, out), 2);
}

TEST_F(MigrateTest, TakesOverThePythonServicesDatabaseWithItsRows) {
  apply_old_migrations();
  ASSERT_EQ(
      execute(std::string(insert_old) + "('q', 'queued', now(), '{}', '{}'), ('r', 'running', now(), '{}', '{}'), "
                                        "('c', 'completed', now(), '{}', '{}')"),
      "");
  PostgresRunStore store{Secret(dsn())};
  EXPECT_THROW(store.open(), StoreUnavailable);
  ASSERT_EQ(migrate({"up"}).first, 0);
  store.open();  // recovers by itself
  EXPECT_EQ(store.audit().size(), 2u);
  EXPECT_EQ(migrate({"adopt"}).first, 0);
  EXPECT_EQ(store.audit().size(), 1u) << "the running one may still be somebody's";
  EXPECT_EQ(store.get("r")->state, RunState::running);
  EXPECT_EQ(migrate({"adopt", "--old-stopped"}).first, 0);
  EXPECT_TRUE(store.audit().empty());
  EXPECT_EQ(store.claim({.worker_id = worker_id, .limit = 8}).size(), 2u);
  EXPECT_EQ(store.get("c")->state, RunState::completed);
}

// A database of schema 6 with a run in each state, as its program left them; one is in the middle of an attempt.
TEST_F(MigrateTest, TakesOverSchemaSixWithItsRunsAndEvents) {
  std::ostringstream out;
  ASSERT_EQ(migrate_up(Secret(dsn()), embedded_migrations().first(6), "select 1", out), 0);
  ASSERT_EQ(
      execute("insert into backtest.runs (run_id, status, submitter, output_dir, config_sha256, config_json, "
              "effective_config_json) select id, 'queued', 'anna', id, 'sha of ' || id, '{}', '{}' from "
              "unnest(array['q', 'r', 'c', 'f', 'x']) as id; "
              "delete from backtest.run_queue where run_id <> 'q'; "
              "update backtest.runs set status = 'running', started_at = now(), lease_epoch = 1, attempts = 1, "
              "lease_token = md5(run_id)::uuid, revision = 2 where run_id in ('r', 'c', 'f'); "
              "insert into backtest.run_leases (run_id, epoch, token, worker_id, submitter, expires_at, progress) "
              "values ('r', 1, md5('r')::uuid, 'w', 'anna', now() + interval '1 hour', 0.25); "
              "update backtest.runs set status = 'completed', ended_status = 'completed', completed_at = now(), "
              "lease_end = 'completed', revision = 3, artifact_prefix = 'attempts/1-c', manifest_sha256 = 'm', "
              "trades = 7, progress = 1 where run_id = 'c'; "
              "update backtest.runs set status = 'failed', ended_status = 'failed', completed_at = now(), "
              "lease_end = 'failed', revision = 3, error = 'e', error_code = 'code' where run_id = 'f'; "
              "update backtest.runs set status = 'cancelled', ended_status = 'cancelled', completed_at = now(), "
              "revision = 2, cancel_requested = true where run_id = 'x'; "
              "insert into backtest.run_events (run_id, state, epoch, detail) values "
              "('r', 'running', 1, 'claimed by w'), ('c', 'running', 1, 'claimed by w'), "
              "('c', 'completed', 1, 'completed'), ('f', 'running', 1, 'claimed by w'), "
              "('f', 'failed', 1, 'attempt failed: code'), ('x', 'cancelled', 0, 'cancelled while queued')"),
      "");
  ASSERT_EQ(migrate({"up"}).first, 0);
  PostgresRunStore store{Secret(dsn())};
  store.open();
  EXPECT_EQ(execute("do $$ begin if (select oldest_compatible from backtest.schema_version) <> 7 then raise exception "
                    "'programs of schema 6 would go on'; end if; end $$"),
            "");
  EXPECT_TRUE(store.audit().empty());
  const Counts counts = store.counts();
  EXPECT_EQ(std::tuple(counts.queued, counts.running, counts.completed, counts.failed, counts.cancelled),
            std::tuple(1, 1, 1, 1, 1));
  const auto told = [&](const std::string& run_id) {
    std::string states;
    for (const RunEvent& event : store.events(run_id, 0)) states += std::string(to_text(event.state)) + ' ';
    return states;
  };
  EXPECT_EQ(told("q"), "queued ");
  EXPECT_EQ(told("r"), "queued running ");
  EXPECT_EQ(told("c"), "queued running completed ");
  EXPECT_EQ(told("f"), "queued running failed ");
  EXPECT_EQ(told("x"), "queued cancelled ");
  const RunRecord running = *store.get("r");
  EXPECT_EQ(std::tuple(running.revision, running.attempts, running.progress), std::tuple(2, 1, 0.25));
  EXPECT_EQ(running.config_sha256, "sha of r");
  const RunRecord completed = *store.get("c");
  EXPECT_EQ(std::tuple(completed.revision, completed.attempts, completed.numbers.trades), std::tuple(3, 1, 7));
  EXPECT_EQ(completed.artifacts, (ArtifactPointer{"attempts/1-c", "m"}));
  EXPECT_EQ(store.list({.state = RunState::failed}, std::nullopt, 9).runs.size(), 1u);
  EXPECT_EQ(store.list({.state = RunState::running}, std::nullopt, 9).runs.size(), 1u);
  // Its lease goes on, and an end of the old program is refused as a whole.
  const auto lease = store.current_lease("r");
  ASSERT_TRUE(lease);
  EXPECT_EQ(execute("with l as (delete from backtest.run_leases where run_id = 'r' returning *) insert into "
                    "backtest.run_events (run_id, state, epoch, detail) select run_id, 'completed', epoch, '' from l"),
            "55000");
  EXPECT_EQ(store.renew({{*lease, {}}}, std::chrono::seconds(30)), std::vector{LeaseState::held});
  const auto done = store.complete(*lease, {.artifacts = {"attempts/1-r", ""}});
  ASSERT_TRUE(done);
  EXPECT_EQ(std::tuple(done->revision, done->attempts), std::tuple(3, 1));
  EXPECT_EQ(told("r"), "queued running completed ");
  EXPECT_EQ(store.claim({.worker_id = worker_id, .limit = 9}).size(), 1u);
  EXPECT_EQ(told("q"), "queued running ");
  EXPECT_TRUE(store.remove("f"));
  EXPECT_EQ(told("f"), "");
}

TEST_F(MigrateTest, TwoAtOnceApplyEachFileOnce) {
  std::pair<int, std::string> first, second;
  std::thread other([&] { second = migrate({"up"}); });
  first = migrate({"up"});
  other.join();
  EXPECT_EQ(first.first + second.first, 0) << first.second << second.second;
}

TEST_F(MigrateTest, RefusesAChangedFileAndANewerBreakingSchema) {
  ASSERT_EQ(migrate({"up"}).first, 0);
  execute("update public.schema_migrations set checksum = 'x' where version like '0005%'");
  EXPECT_EQ(migrate({"up"}).first, 1);
  execute(
      "update public.schema_migrations set checksum = null where version like '0005%'; "
      "insert into public.schema_migrations (version) values ('0099_future'); "
      "update backtest.schema_version set version = 99, oldest_compatible = 99");
  EXPECT_EQ(migrate({"up"}).first, 1);
}

// Each role may do its work and nothing else.
TEST_F(MigrateTest, RolesAreLeastPrivileged) {
  ASSERT_EQ(migrate({"up"}).first, 0);
  for (const std::string role : {"api", "worker", "readonly"}) {
    execute("create role test_" + role + " login; grant backtest_" + role + " to test_" + role);
  }
  const std::string insert = std::string(insert_old) + "('RUN-' || gen_random_uuid(), 'queued', now(), '{}', '{}')";
  const std::string forbidden = "42501";
  EXPECT_EQ(execute(insert, "test_api"), "");
  EXPECT_EQ(execute(insert, "test_worker"), forbidden);
  EXPECT_EQ(execute(insert, "test_readonly"), forbidden);
  EXPECT_EQ(execute("select * from backtest.runs, backtest.audit_runs()", "test_readonly"), "");
  EXPECT_EQ(execute("delete from backtest.runs", "test_worker"), forbidden);
  EXPECT_EQ(
      execute("insert into backtest.run_leases (epoch, token, worker_id, run_id, submitter, expires_at) values (1, "
              "gen_random_uuid(), gen_random_uuid(), 'x', '', now())",
              "test_api"),
      forbidden);
  for (const std::string role : {"test_api", "test_worker", "test_readonly"}) {
    for (const std::string audit : {"run_log", "run_attempts"}) {
      EXPECT_EQ(execute("update backtest." + audit + " set epoch = 0", role), forbidden) << role;
      EXPECT_EQ(execute("delete from backtest." + audit, role), forbidden) << role;
    }
    EXPECT_NE(execute("delete from backtest.run_events", role), "") << role;
    EXPECT_EQ(execute("select * from public.schema_migrations for update", role), forbidden) << role;
    EXPECT_EQ(execute("update backtest.schema_version set version = 1", role), forbidden) << role;
    EXPECT_EQ(execute("drop table backtest.run_queue", role), forbidden) << role;
    EXPECT_EQ(execute("alter table backtest.runs disable trigger all", role), forbidden) << role;
    EXPECT_EQ(execute("create table backtest.mine (a int)", role), forbidden) << role;
  }
}

TEST_F(MigrateTest, TheApiAndTheWorkerLiveWithTheirOwnRole) {
  ASSERT_EQ(migrate({"up"}).first, 0);
  for (const std::string role : {"api", "worker"}) {
    execute("create role test_" + role + " login");
    execute("grant backtest_" + role + " to test_" + role);
  }
  PostgresRunStore api{Secret(dsn("test_api"))}, worker{Secret(dsn("test_worker"))};
  api.open();
  worker.open();
  Submission submission;
  submission.record.submitter = "anna";
  for (const char* run_id : {"a", "b", "c", "d"}) {
    submission.record.run_id = run_id;
    ASSERT_TRUE(api.submit(submission, {.queue_limit = 100}));
  }
  const auto claimed = worker.claim({.worker_id = worker_id, .limit = 3, .submitter_running_limit = 3});
  ASSERT_EQ(claimed.size(), 3u);
  EXPECT_TRUE(worker.complete(claimed[0].lease, {}));
  EXPECT_TRUE(worker.release(claimed[1].lease));
  EXPECT_EQ(api.cancel(claimed[2].lease.run_id), CancelOutcome::requested);
  EXPECT_EQ(worker.renew({{claimed[2].lease, {}}}, std::chrono::seconds(30)),
            std::vector{LeaseState::cancel_requested});
  EXPECT_TRUE(worker.finish_cancel(claimed[2].lease));
  EXPECT_EQ(api.cancel("d"), CancelOutcome::cancelled);
  EXPECT_TRUE(api.remove("a"));
  EXPECT_TRUE(api.events("a", 0).empty());
  EXPECT_TRUE(worker.reclaim(8, 3).empty());
}

// The role of today's DSN goes on working, and a migrator needs no superuser.
TEST(MigrateRoles, AServiceRoleAndAMigratorWithoutSuperuser) {
  PrivateCluster cluster;
  const auto as = [&](const std::string& database, const std::string& user) {
    return Secret(cluster.dsn(database, user));
  };
  const std::string database = cluster.create_database();
  const ConnectionString admin{as(database, "postgres")};
  PostgresConnection(admin, {}).run_script(
      "create role deployer login createrole; create role backtest_service login; grant backtest_service to deployer "
      "with admin option; grant create on database " +
      database + " to deployer; grant create on schema public to deployer");
  std::ostringstream out;
  ASSERT_EQ(migrate_command(as(database, "deployer"), {"up"}, out, out), 0) << out.str();
  ASSERT_EQ(migrate_command(as(database, "deployer"), {"up"}, out, out), 0) << out.str();
  PostgresRunStore store{as(database, "backtest_service")};
  store.open();
  Submission submission;
  submission.record.run_id = "a";
  ASSERT_TRUE(store.submit(submission, {}));
  ASSERT_EQ(store.claim({.worker_id = worker_id}).size(), 1u);
  const ConnectionString service{as(database, "backtest_service")};
  EXPECT_EQ(PostgresConnection(service, {}).run("show idle_in_transaction_session_timeout").text(0, 0), "1min");
  PostgresConnection(admin, {}).run_script("revoke select on backtest.run_leases from backtest_api, backtest_worker");
  EXPECT_THROW(store.open(), StoreUnavailable);
  ASSERT_EQ(migrate_command(as(database, "deployer"), {"up"}, out, out), 0) << out.str();
  store.open();
}

// An administrator who may create roles and is no superuser, with a database of its own.
class MigrateAsAdministrator : public testing::Test {
 protected:
  MigrateAsAdministrator() : database(cluster.create_database()) {
    execute("create role deployer login createrole; create role backtest_service login; grant create on database " +
            database + " to deployer; grant create on schema public to deployer");
  }
  Secret dsn(const std::string& user) const { return Secret(cluster.dsn(database, user)); }
  void execute(const std::string& sql, const std::string& user = "postgres") {
    const ConnectionString target{dsn(user)};
    PostgresConnection(target, {}).run_script(sql);
  }
  std::pair<int, std::string> migrate(const std::string& command) {
    std::ostringstream out;
    const int code = migrate_command(dsn("deployer"), {command}, out, out);
    return {code, out.str()};
  }

  PrivateCluster cluster;
  const std::string database;
};

TEST_F(MigrateAsAdministrator, AnUpThatMayNotDoItsLastStepHasDoneNothing) {
  // A role of that name that it may not hand on: the grants, which come last, are refused.
  execute("create role backtest_owner superuser");
  EXPECT_EQ(migrate("up").first, 1);
  EXPECT_EQ(migrate("check").first, 1);
  const ConnectionString admin{dsn("postgres")};
  EXPECT_TRUE(PostgresConnection(admin, {}).run("select to_regclass('public.schema_migrations')").is_null(0, 0));
  EXPECT_TRUE(PostgresConnection(admin, {}).run("select to_regclass('backtest.runs')").is_null(0, 0));
  execute("drop role backtest_owner");
  const auto up = migrate("up");
  EXPECT_EQ(up.first, 0) << up.second;
  EXPECT_EQ(migrate("check").first, 0) << migrate("check").second;
}

TEST_F(MigrateAsAdministrator, DefaultPrivilegesOpenNoTableOfOurs) {
  execute("create schema backtest; alter schema backtest owner to deployer");
  execute("alter default privileges in schema backtest grant all on tables to backtest_service, public", "deployer");
  ASSERT_EQ(migrate("up").first, 0) << migrate("up").second;
  EXPECT_EQ(migrate("check").first, 0) << migrate("check").second;
  for (const std::string audit : {"run_attempts", "run_log"}) {
    EXPECT_THROW(execute("update backtest." + audit + " set epoch = 0", "backtest_service"), PostgresError);
    EXPECT_THROW(execute("delete from backtest." + audit, "backtest_service"), PostgresError);
    EXPECT_THROW(execute("truncate backtest." + audit, "backtest_service"), PostgresError);
  }
  EXPECT_THROW(execute("update backtest.schema_version set version = 1", "backtest_service"), PostgresError);
  PostgresRunStore store{dsn("backtest_service")};
  store.open();
  Submission submission;
  submission.record.run_id = "a";
  ASSERT_TRUE(store.submit(submission, {}));
  const auto claimed = store.claim({.worker_id = worker_id});
  ASSERT_EQ(claimed.size(), 1u);
  EXPECT_TRUE(store.fail(claimed[0].lease, {.code = "x", .message = "x"}));
}

// What a database may lack though every migration was applied.
TEST_F(MigrateTest, CheckSaysWhatIsMissing) {
  ASSERT_EQ(migrate({"up"}).first, 0);
  struct Case {
    const char* spoil;
    const char* said;
    bool up_mends = true;
  };
  for (const Case& c :
       {Case{"alter table backtest.runs disable trigger guard_run_status", "the trigger guard_run_status", false},
        Case{"alter table backtest.runs enable trigger guard_run_status; drop trigger remove_run_events on "
             "backtest.runs",
             "the trigger remove_run_events", false},
        Case{"create trigger remove_run_events after delete on backtest.runs for each row execute function "
             "backtest.remove_run_events(); grant delete on backtest.run_log to backtest_worker",
             "backtest_worker may delete backtest.run_log, which only grows"},
        Case{"revoke insert on backtest.run_attempts from backtest_worker",
             "backtest_worker may not insert backtest.run_attempts"},
        Case{"revoke execute on function backtest.reclaim_runs from backtest_worker",
             "backtest_worker may not call backtest.reclaim_runs(integer,integer)"},
        Case{"alter table backtest.run_queue owner to postgres", "backtest.run_queue does not belong to"}}) {
    ASSERT_EQ(execute(c.spoil), "") << c.spoil;
    const auto [code, said] = migrate({"check"});
    EXPECT_EQ(code, 1) << c.spoil;
    EXPECT_NE(said.find(c.said), std::string::npos) << c.spoil << ": " << said;
    if (!c.up_mends) continue;
    EXPECT_EQ(migrate({"up"}).first, 0);
    EXPECT_EQ(migrate({"check"}).first, 0) << migrate({"check"}).second;
  }
}

TEST_F(MigrateTest, RefusesAnEncodingThatLacksCharacters) {
  const std::string latin = database + "_latin";
  ASSERT_EQ(execute("create database " + latin + " encoding 'LATIN1' locale 'C' template template0"), "");
  std::ostringstream out;
  EXPECT_EQ(migrate_command(Secret(cluster.dsn(latin, "postgres")), {"up"}, out, out), 1);
  EXPECT_NE(out.str().find("the database has the encoding LATIN1"), std::string::npos) << out.str();
}

TEST_F(MigrateTest, RefusesADatabaseOfThePythonServicesLaterMigrations) {
  apply_old_migrations();
  ASSERT_EQ(execute("create table core.runs (run_id text); drop table backtest.runs; "
                    "insert into public.schema_migrations (version) values ('0005_core_runs')"),
            "");
  for (const char* command : {"up", "check", "plan"}) {
    const auto [code, said] = migrate({command});
    EXPECT_EQ(code, 1);
    EXPECT_NE(said.find("later migrations of the Python service (0005_core_runs); its runs are in core.runs"),
              std::string::npos)
        << said;
  }
  EXPECT_EQ(execute("do $$ begin if to_regclass('backtest.schema_version') is not null then raise exception 'changed'; "
                    "end if; end $$"),
            "");
  PostgresRunStore store{Secret(dsn())};
  try {
    store.open();
    ADD_FAILURE() << "opened";
  } catch (const StoreUnavailable& error) {
    EXPECT_NE(std::string(error.what()).find("core.runs"), std::string::npos) << error.what();
  }
}

// Runs that the Python service completed keep their artifacts; no answer shows a path of its machine.
TEST_F(MigrateTest, OldRunsHaveTheirArtifactsAndNoPath) {
  apply_old_migrations();
  ASSERT_EQ(execute("insert into backtest.runs (run_id, status, submitted_at, completed_at, output_dir, config_json, "
                    "effective_config_json) values ('c', 'completed', now(), now(), '/app/backtest_results/c', '{}', "
                    "'{}'), ('f', 'failed', now(), now(), '/app/backtest_results/f', '{}', '{}')"),
            "");
  ASSERT_EQ(migrate({"up"}).first, 0);
  PostgresRunStore store{Secret(dsn())};
  store.open();
  EXPECT_EQ(store.get("c")->artifacts, (ArtifactPointer{"", ""}));
  EXPECT_EQ(store.get("c")->output_dir, "c");
  EXPECT_EQ(store.get("f")->artifacts, std::nullopt);
  EXPECT_EQ(store.get("f")->output_dir, "f");
}

TEST_F(MigrateTest, ReleasesToThePythonServiceAndTakesOverAgain) {
  ASSERT_EQ(migrate({"up"}).first, 0);
  PostgresRunStore store{Secret(dsn())};
  store.open();
  Submission submission;
  for (const char* run_id : {"completed", "failed", "cancelled", "running", "queued"}) {
    submission.record.run_id = run_id;
    ASSERT_TRUE(store.submit(submission, {}));
  }
  const auto claimed = store.claim({.worker_id = worker_id, .limit = 2});
  ASSERT_EQ(claimed.size(), 2u);
  ASSERT_TRUE(store.complete(claimed[0].lease, {.numbers = {.trades = 7}}));
  ASSERT_TRUE(store.fail(claimed[1].lease, {.code = "x", .message = "no data"}));
  ASSERT_EQ(store.cancel("cancelled"), CancelOutcome::cancelled);
  ASSERT_EQ(store.claim({.worker_id = worker_id, .limit = 1}).size(), 1u);

  const auto refused = migrate({"release"});
  EXPECT_EQ(refused.first, 1);
  EXPECT_NE(refused.second.find("1 queued and 1 running runs"), std::string::npos) << refused.second;
  EXPECT_EQ(migrate({"check"}).first, 0);
  ASSERT_EQ(migrate({"release", "--fail-live"}).first, 0);
  EXPECT_THROW(store.open(), StoreUnavailable);
  EXPECT_EQ(migrate({"check"}).first, 1);
  EXPECT_EQ(migrate({"release"}).first, 0) << "again";
  EXPECT_EQ(
      execute("do $$ begin if exists (select from backtest.runs where status not in ('completed', 'failed')) then "
              "raise exception 'states that it does not know'; end if; end $$"),
      "");
  // What that service does with a database of its own: each state change by run_id alone, rows removed.
  ASSERT_EQ(execute(std::string(insert_old) + "('new', 'queued', now(), '{}', '{}'), ('kept', 'queued', now(), '{}', "
                                              "'{}'), ('bad', 'queued', now(), '{}', '{}'); "
                                              "update backtest.runs set status = 'running', started_at = now() where "
                                              "run_id in ('new', 'bad'); "
                                              "update backtest.runs set status = 'completed', completed_at = now() "
                                              "where run_id = 'new'; "
                                              "update backtest.runs set status = 'failed', error = 'e' where run_id = "
                                              "'bad'; delete from backtest.runs where run_id = 'failed'"),
            "");
  ASSERT_EQ(migrate({"up"}).first, 0);
  ASSERT_EQ(migrate({"adopt"}).first, 0);
  EXPECT_EQ(migrate({"check"}).first, 0) << migrate({"check"}).second;
  store.open();
  EXPECT_TRUE(store.audit().empty());
  EXPECT_EQ(store.get("cancelled")->state, RunState::cancelled);
  EXPECT_EQ(store.get("cancelled")->error, std::nullopt);
  EXPECT_EQ(store.get("completed")->numbers.trades, 7);
  EXPECT_EQ(store.get("running")->error_code, "released");
  EXPECT_EQ(store.get("running")->attempts, 1);
  EXPECT_EQ(store.get("new")->artifacts, (ArtifactPointer{"", ""}));
  EXPECT_EQ(store.get("failed"), std::nullopt);
  const Counts counts = store.counts();
  EXPECT_EQ(std::tuple(counts.queued, counts.running, counts.completed, counts.failed, counts.cancelled),
            std::tuple(1, 0, 2, 3, 1));
  const auto next = store.claim({.worker_id = worker_id, .limit = 9});
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(next[0].lease.run_id, "kept");
  EXPECT_THROW(
      {
        const ConnectionString target{Secret(dsn())};
        PostgresConnection(target, {}).run("update backtest.runs set status = 'failed' where run_id = 'kept'");
      },
      PostgresError)
      << "the guard is back";
}

// The statement by which a program of schema 7 gives a run back, word for word: replicas are replaced one by one.
constexpr const char* release_of_schema_7 = R"sql(
with l as (delete from backtest.run_leases where hashtextextended(run_id, 0) = hashtextextended($1, 0) and run_id = $1
  and epoch = $2::bigint and token = $3::uuid and expires_at > now() returning *),
decided as (select l.*, r.submitted_at, r.started_at,
  case when l.cancel_requested then 'cancelled' else 'queued' end as next
  from l join backtest.runs r on r.run_id = l.run_id and r.status = 'running'),
r as (update backtest.runs r set status = l.next, ended_status = nullif(l.next, 'queued'), lease_epoch = l.epoch,
  attempts = coalesce(r.attempts, 0) + 1, revision = coalesce(r.revision, 1) + 2,
  completed_at = case when l.next = 'queued' then null else now() end,
  started_at = case when l.next = 'queued' then null else r.started_at end,
  available_at = case when l.next = 'queued' then null else r.available_at end,
  progress = case when l.next = 'queued' then null else l.progress end,
  progress_date = case when l.next = 'queued' then null else l.progress_date end,
  bars_per_second = case when l.next = 'queued' then null else l.bars_per_second end
  from decided l where r.run_id = l.run_id returning r.*),
queued as (insert into backtest.run_queue (available_at, run_hash, submitted_at, rank, submitter)
  select coalesce(r.available_at, r.submitted_at), hashtextextended(r.run_id, 0),
  nullif(r.submitted_at, coalesce(r.available_at, r.submitted_at)), -coalesce(r.priority, 0), r.submitter
  from r where r.status = 'queued'),
ended as (insert into backtest.run_attempts (submitted_at, run_hash, claimed_at, ended_at, epoch, ending, state, token,
  worker_id, error_code) select l.submitted_at, hashtextextended(l.run_id, 0), l.started_at, now(), l.epoch,
  'released'::backtest.attempt_ending, nullif(l.next, 'released')::backtest.run_state, l.token, l.worker_id, null
  from decided l join r using (run_id)) select r.run_id, r.status, r.revision from r
)sql";

TEST_F(MigrateTest, ProgramsOfSchemaSevenAndEightShareADatabase) {
  std::ostringstream out;
  ASSERT_EQ(migrate_up(Secret(dsn()), embedded_migrations().first(7), "select 1", out), 0) << out.str();
  ASSERT_EQ(execute(std::string(insert_old) + "('a', 'queued', now(), '{}', '{}')"), "");
  ASSERT_EQ(migrate({"up"}).first, 0);
  const ConnectionString target{Secret(dsn())};
  PostgresConnection old(target, {});
  EXPECT_LE(old.run("select oldest_compatible from backtest.schema_version").integer(0, 0), 7)
      << "a program of schema 7 would stop";
  PostgresRunStore store{Secret(dsn())};
  store.open();
  const Lease first = store.claim({.worker_id = worker_id}).at(0).lease;
  ASSERT_EQ(old.run(release_of_schema_7, {first.run_id, std::to_string(first.epoch), first.token}).size(), 1);
  ASSERT_TRUE(store.release(first)) << "repeated by the other program";
  const Lease second = store.claim({.worker_id = worker_id}).at(0).lease;
  EXPECT_EQ(second.epoch, 2);
  ASSERT_TRUE(store.release(second));
  const Lease third = store.claim({.worker_id = worker_id}).at(0).lease;
  ASSERT_EQ(old.run(release_of_schema_7, {third.run_id, std::to_string(third.epoch), third.token}).size(), 1);
  EXPECT_EQ(store.get("a")->attempts, 3);
  EXPECT_EQ(store.get("a")->revision, 7);
  EXPECT_TRUE(store.audit().empty());
}

// A standby answers reads and takes no run; so does a primary that was set read-only.
TEST_F(MigrateTest, AReadOnlyDatabaseIsNotReady) {
  ASSERT_EQ(migrate({"up"}).first, 0);
  PostgresRunStore store{Secret(dsn())};
  store.open();
  ASSERT_EQ(execute("alter database " + database + " set default_transaction_read_only = on"), "");
  PostgresRunStore other{Secret(dsn())};
  EXPECT_THROW(other.ping(), StoreUnavailable);
}

StressPlan large_plan(int runs) {
  const char* wanted = std::getenv("BACKTEST_STRESS_RUNS");
  return {.seed = 11,
          .runs = wanted ? std::atoi(wanted) : runs,
          .submitters = 3,
          .workers = 16,
          .reclaimers = 2,
          .patience = std::chrono::seconds(600)};
}

TEST_F(MigrateTest, StressThroughPgBouncerInTransactionMode) {
  ASSERT_EQ(migrate({"up"}).first, 0);
  PostgresRunStore store{Secret(cluster.pooled_dsn(database))};
  store.open();
  const auto result = stress(large_plan(300), [&](int) -> RunStore& { return store; });
  EXPECT_TRUE(result.violations.empty()) << result.violations.front();
  EXPECT_TRUE(store.audit().empty());
}

TEST(PostgresFaults, AcknowledgedCallsOutliveACrashOfTheServer) {
  PrivateCluster cluster;
  const Secret dsn(cluster.dsn(cluster.create_database()));
  std::ostringstream out;
  ASSERT_EQ(migrate_command(dsn, {"up"}, out, out), 0) << out.str();
  PostgresRunStore store(dsn);
  Submission submission;
  for (int i = 0; i < 50; ++i) {
    submission.record.run_id = "a" + std::to_string(i);
    ASSERT_TRUE(store.submit(submission, {}));
  }
  const auto claimed = store.claim({.worker_id = worker_id, .limit = 10});
  cluster.stop("immediate");
  EXPECT_THROW(store.ping(), StoreUnavailable);
  cluster.start();
  for (int tries = 0; tries < 100; ++tries) {
    try {
      store.ping();
      break;
    } catch (const StoreUnavailable&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
  for (const ClaimedRun& run : claimed) EXPECT_TRUE(store.complete(run.lease, {}));
  EXPECT_EQ(store.counts().queued, 40);
  EXPECT_EQ(store.counts().completed, 10);
  EXPECT_TRUE(store.audit().empty());
}

}  // namespace
}  // namespace backtest
