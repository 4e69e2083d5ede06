// Replicas are replaced one by one: a program of schema 13 goes on beside those of schema 14.
#include <gtest/gtest.h>

#include <sstream>

#include "postgres/private_cluster_for_tests.hpp"
#include "run_store/postgres/migrate.hpp"
#include "run_store/postgres/migrations.hpp"
#include "run_store/postgres/postgres_run_store.hpp"

namespace backtest {
namespace {

// The statement by which a program of schema 13 renews leases, word for word.
constexpr const char* renewal_of_schema_13 = R"sql(
update backtest.run_leases l set expires_at = now() + $9::bigint * interval '1 microsecond',
  progress = case when v.has_progress then v.fraction else l.progress end,
  progress_date = case when v.has_progress then nullif(v.date, '') else l.progress_date end,
  bars_per_second = case when v.has_progress then v.speed else l.bars_per_second end
from unnest($1::int[], $2::text[], $3::bigint[], $4::uuid[], $5::boolean[], $6::float8[], $7::text[], $8::float8[])
  as v (i, run_id, epoch, token, has_progress, fraction, date, speed)
where hashtextextended(l.run_id, 0) = hashtextextended(v.run_id, 0) and l.run_id = v.run_id
  and l.epoch = v.epoch and l.token = v.token and l.expires_at > now()
returning v.i, l.cancel_requested
)sql";

// Also in a session that was there before, and has the plans of that time.
TEST(ProgramsOfSchemaThirteen, ShareADatabaseWithThoseOfFourteen) {
  PrivateCluster& cluster = PrivateCluster::shared();
  const Secret dsn(cluster.dsn(cluster.create_database()));
  std::ostringstream out;
  ASSERT_EQ(migrate_up(dsn, embedded_migrations().first(13), "select 1", out), 0) << out.str();
  const ConnectionString target(dsn);
  PostgresConnection old(target, {});
  old.run(
      "insert into backtest.runs (run_id, status, submitter, available_at, config_json, "
      "effective_config_json) select 'run-' || i, 'queued', 'anna', timestamptz '2024-01-31' + i * "
      "interval '1 second', '{}', '{}' from generate_series(1, 3) i");
  const auto claim = [&] {
    const auto rows = old.run(
        "select run_id, lease_epoch, replace(lease_token::text, '-', '') from backtest.claim_runs(gen_random_uuid(), "
        "30000000, 1, 0, '{anna}', '{-2147483648}', '{-infinity}', '{0}', array[gen_random_uuid()])");
    return Lease{std::string(rows.text(0, 0)), rows.integer(0, 1), std::string(rows.text(0, 2))};
  };
  const auto renew = [&](const Lease& lease) {
    return old
        .run(renewal_of_schema_13, {"{0}", "{" + lease.run_id + "}", "{" + std::to_string(lease.epoch) + "}",
                                    "{" + lease.token + "}", "{t}", "{0.5}", "{2024-01-31}", "{10}", "30000000"})
        .size();
  };
  const auto fail = [&](const Lease& lease) {
    const auto rows = old.run("select status, progress from backtest.fail_run($1, $2, $3, 'x', 'm', false, 3, 0)",
                              {lease.run_id, std::to_string(lease.epoch), lease.token});
    return rows.size() == 1 ? std::string(rows.text(0, 0)) : "nothing";
  };
  const Lease before = claim();
  ASSERT_EQ(renew(before), 1);
  ASSERT_EQ(fail(before), "failed");
  const Lease held = claim();
  ASSERT_EQ(renew(held), 1);

  ASSERT_EQ(migrate_command(dsn, {"up"}, out, out), 0) << out.str();
  PostgresRunStore store(dsn);
  store.open();
  EXPECT_EQ(store.get(before.run_id)->progress_date, "2024-01-31");
  EXPECT_EQ(renew(held), 1);
  EXPECT_DOUBLE_EQ(store.get(held.run_id)->progress, 0.5);
  EXPECT_EQ(store.get(held.run_id)->progress_nav, std::nullopt);
  EXPECT_EQ(store.renew({{held, AttemptProgress{0.75, "2024-02-29", 10.0, 7.5}}}, std::chrono::seconds(30)).at(0),
            LeaseState::held);
  EXPECT_EQ(fail(held), "failed");
  EXPECT_EQ(store.get(held.run_id)->progress_nav, 7.5);
  const Lease after = claim();
  EXPECT_EQ(renew(after), 1);
  EXPECT_EQ(store.get(after.run_id)->progress_nav, std::nullopt);
  EXPECT_TRUE(store.audit().empty());
}

}  // namespace
}  // namespace backtest
