#!/usr/bin/env python3
"""The Python service's statements (STO) against a database that it shared with us: taken over forward, and
given back.

It opened a connection an operation, wrote by run_id alone, and at its start failed every queued and running run. On the
migrated schema each of its statements must work as before, or stop with an error before it spoils a run: an update of
status that does not advance `revision` is refused (a trigger), and what it inserts is queued."""
import json
import os
import pathlib
import subprocess

import replicas
from replicas import ReplicasCase
from service import policy

COLUMNS = ("run_id, status, submitted_at, started_at, completed_at, run_name, start_date, end_date, output_dir, "
           "adls_container, adls_prefix, error")


class OldService:
    """Its statements, as its own role."""

    def __init__(self, cluster, user="backtest_service"):
        self.cluster, self.user = cluster, user

    def sql(self, statement):
        done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", self.cluster.dsn(self.user), "-c", statement],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise PermissionError(done.stderr)
        return done.stdout.strip()

    def create(self, run_id, config="{}", effective="{}"):
        self.sql("insert into backtest.runs (run_id, status, submitted_at, run_name, start_date, end_date, output_dir, "
                 f"config_json, effective_config_json) values ('{run_id}', 'queued', now(), 'old', '2020-01-01', "
                 f"'2020-12-31', '/app/backtest_results/{run_id}', $q${config}$q$, $q${effective}$q$)")

    def set_running(self, run_id):
        self.sql(f"update backtest.runs set status = 'running', started_at = now() where run_id = '{run_id}'")

    def set_completed(self, run_id):
        self.sql("update backtest.runs set status = 'completed', completed_at = now(), output_dir = 'x' "
                 f"where run_id = '{run_id}'")

    def set_failed(self, run_id):
        self.sql("update backtest.runs set status = 'failed', completed_at = now(), error = 'no data' "
                 f"where run_id = '{run_id}'")

    def set_adls_location(self, run_id):
        self.sql(f"update backtest.runs set adls_container = 'c', adls_prefix = 'p' where run_id = '{run_id}'")

    def reconcile(self):
        self.sql("update backtest.runs set status = 'failed', completed_at = coalesce(completed_at, now()), "
                 "error = coalesce(error, 'service restarted') where status in ('queued', 'running')")

    def list(self, status, text):
        return self.sql(f"select {COLUMNS} from backtest.runs where status = '{status}' and (run_id ilike '%{text}%' or "
                        f"run_name ilike '%{text}%') order by submitted_at desc limit 50 offset 0")

    def get(self, run_id):
        return self.sql(f"select {COLUMNS}, config_json, effective_config_json from backtest.runs where run_id = '{run_id}'")

    def check(self):
        return self.sql("select 1 from information_schema.tables where table_schema = 'backtest' and table_name = 'runs'")


class OldStatements(ReplicasCase):
    def setUp(self):
        super().setUp()
        for role in ("api", "worker", "readonly", "migrator", "owner"):
            self.cluster.sql(f"do $$ begin if exists (select from pg_roles where rolname = 'backtest_{role}') then "
                             f"drop owned by backtest_{role} cascade; end if; end $$")
        self.cluster.sql("do $$ begin if not exists (select from pg_roles where rolname = 'backtest_service') then "
                         "create role backtest_service login; end if; end $$")
        self.old = OldService(self.cluster)

    def apply_its_migrations(self):
        folder = pathlib.Path(__file__).resolve().parent.parent / "migrations" / "postgres"
        for number in ("0001", "0002", "0003", "0004"):
            [file] = folder.glob(f"{number}_*.sql")
            self.cluster.sql(file.read_text())
            self.cluster.sql(f"insert into public.schema_migrations (version) values ('{number}_its_own_name')")

    def status(self, run_id):
        return self.cluster.sql(f"select status from backtest.runs where run_id = '{run_id}'")

    def run_all_states(self, prefix):
        for name in ("queued", "running", "completed", "failed"):
            self.old.create(prefix + name)
        self.old.set_adls_location(prefix + "completed")
        for name in ("running", "completed", "failed"):
            self.old.set_running(prefix + name)
        self.old.set_completed(prefix + "completed")
        self.old.set_failed(prefix + "failed")

    def test_before_the_migration_everything_works_as_it_did(self):
        self.apply_its_migrations()
        self.assertEqual(self.old.check(), "1")
        self.run_all_states("a-")
        self.old.reconcile()
        self.assertEqual(self.cluster.sql("select string_agg(status, ',' order by run_id) from backtest.runs"),
                         "completed,failed,failed,failed")

    def test_forward_each_statement_works_or_stops_before_it_spoils_a_run(self):
        self.apply_its_migrations()
        self.run_all_states("a-")
        self.migrated()
        self.assertEqual(self.old.check(), "1")
        self.assertIn("old", self.old.get("a-completed"))
        self.assertTrue(self.old.list("queued", "A-QUE").startswith("a-queued|queued|"))
        self.old.create("b")
        self.assertEqual(self.cluster.sql("select count(*) from backtest.run_queue where run_hash = hashtextextended('b', 0)"), "1")
        with self.assertRaisesRegex(PermissionError, "duplicate key"):
            self.old.create("b")
        self.old.set_adls_location("b")
        for spoil in (self.old.set_running, self.old.set_completed, self.old.set_failed):
            with self.assertRaisesRegex(PermissionError, "revision 1 was not advanced"):
                spoil("b")
        with self.assertRaisesRegex(PermissionError, "was not advanced"):
            self.old.reconcile()
        self.assertEqual([self.status(run_id) for run_id in ("b", "a-queued", "a-running", "a-completed", "a-failed")],
                         ["queued", "queued", "running", "completed", "failed"])

    def test_forward_its_runs_are_adopted_and_end(self):
        self.apply_its_migrations()
        worker = self.service(BACKTEST_MAX_CONCURRENT="2",
                              BACKTEST_POSTGRES_DSN=self.cluster.dsn("backtest_service"))
        self.migrated()
        worker.start()
        canonical = worker.post("/backtests", {"config": policy(self.prices, name="mould")}).json()["run_id"]
        worker.wait_terminal(canonical)
        effective = self.cluster.sql(f"select effective_config_json from backtest.runs where run_id = '{canonical}'")
        worker.stop()
        self.cluster.sql("alter table backtest.runs disable trigger user")
        self.old.create("q", effective, effective)
        self.old.create("r", effective, effective)
        self.old.set_running("r")
        self.cluster.sql("alter table backtest.runs enable trigger user")
        self.assertEqual(self.cluster.sql("select count(*) from backtest.audit_runs()"), "2")
        done = self.migrate("adopt")
        self.assertEqual((done.returncode, self.status("r")), (0, "running"), done.stdout + done.stderr)
        self.assertEqual(self.migrate("adopt", "--old-stopped").returncode, 0)
        worker.start()
        self.assert_settled(worker, ["q", "r", canonical])
        worker.stop()

    def test_forward_its_completed_runs_keep_their_artifacts_and_show_no_path(self):
        self.apply_its_migrations()
        self.old.create("done", '{"a": NaN}', '{"output": {"local_dir": "/app/backtest_results"}, "b": Infinity}')
        self.old.create("broken")
        self.old.set_completed("done")
        self.old.sql("update backtest.runs set status = 'failed', output_dir = '/app/backtest_results/broken', "
                     "error = 'no such file: /app/data/prices.csv' where run_id = 'broken'")
        server = self.service(BACKTEST_MAX_CONCURRENT="0")
        results = self.directory / "results" / "done"
        results.mkdir(parents=True)
        (results / "summary.json").write_text('{"total_return": 0.5}')
        (results / "trades.csv").write_text("execution_date,symbol,quantity\n2024-01-31,ACME,1.0\n")
        self.migrated()
        server.start()
        self.assertEqual(server.get("/backtests/done/summary").json(), {"total_return": 0.5})
        self.assertEqual(server.get("/backtests/done/trades").json()["total"], 1)
        self.assertEqual({item["name"] for item in server.get("/backtests/done/artifacts").json()["local"]},
                         {"summary.json", "trades.csv"})
        config = json.loads(server.get("/backtests/done/config").body, parse_constant=self.fail)
        self.assertEqual((config["config"], config["effective_config"]),
                         ({"a": None}, {"output": {"local_dir": None}, "b": None}))
        for path in ("/backtests", "/backtests/done", "/backtests/broken/status", "/backtests/done/config",
                     "/backtests/compare?ids=done,broken"):
            self.assertNotIn(b"/app", server.get(path).body, path)
        self.assertEqual(server.get("/backtests/broken/status").json()["error"], "no such file: prices.csv")
        fetched = subprocess.run([replicas.BINARY, "fetch", "done", "--output-dir", str(self.directory / "fetched")],
                                 capture_output=True, text=True,
                                 env={"PATH": os.environ["PATH"], "BACKTEST_URL": f"http://{server.address}"})
        self.assertEqual(fetched.returncode, 0, fetched.stderr)
        self.assertIn("without a manifest", fetched.stdout)
        self.assertEqual((self.directory / "fetched" / "done" / "summary.json").read_text(), '{"total_return": 0.5}')
        server.stop()

    def test_back_once_drained_it_reads_and_lists_what_we_wrote(self):
        self.apply_its_migrations()
        self.migrated()
        server = self.service(BACKTEST_MAX_CONCURRENT="2").start()
        run_id = server.submit(policy(self.prices, name="ours"))
        self.assert_settled(server, [run_id])
        server.stop()
        self.old.reconcile()  # nothing is queued or running: it changes nothing, and so nothing stops it
        self.assertTrue(self.old.get(run_id).startswith(f"{run_id}|completed|"))
        self.assertIn(run_id, self.old.list("completed", "OURS"))
        self.assertEqual(self.status(run_id), "completed")

    def test_back_released_it_works_as_on_a_database_of_its_own_and_forward_again(self):
        self.apply_its_migrations()
        self.migrated()
        server = self.service(BACKTEST_MAX_CONCURRENT="2").start()
        ours = server.submit(policy(self.prices, name="ours"))
        self.assert_settled(server, [ours])
        server.stop()
        paused = self.service(BACKTEST_MAX_CONCURRENT="0").start()
        waiting, dropped = (paused.submit(policy(self.prices, name=name)) for name in ("waiting", "dropped"))
        self.assertEqual(paused.post(f"/backtests/{dropped}/cancel").status, 202)

        refused = self.migrate("release")
        self.assertEqual(refused.returncode, 1, refused.stdout + refused.stderr)
        self.assertIn("1 queued and 0 running runs", refused.stdout)
        done = self.migrate("release", "--fail-live")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        # A replica that was left running is not ready, and takes nothing.
        replicas.wait_until(lambda: paused.get("/readyz").status == 503, what="not ready")
        paused.stop()

        self.old.reconcile()
        self.assertEqual([self.status(run_id) for run_id in (ours, waiting, dropped)], ["completed", "failed", "failed"])
        self.run_all_states("b-")
        self.assertIn("b-completed", self.old.list("completed", "B-"))
        self.assertIn(ours, self.old.list("completed", "OURS"))
        self.old.reconcile()
        self.assertEqual(self.status("b-running"), "failed")
        self.old.create("b-late", *2 * [self.cluster.sql(
            f"select effective_config_json from backtest.runs where run_id = '{ours}'")])

        self.assertIn("given back to the previous service", self.migrate("check").stdout)
        for action in (("up",), ("adopt", "--old-stopped"), ("check",)):
            done = self.migrate(*action)
            self.assertEqual(done.returncode, 0, f"{action}: {done.stdout}{done.stderr}")
        server = self.service(BACKTEST_MAX_CONCURRENT="2").start()
        self.assert_settled(server, [ours, "b-late"])
        self.assertEqual([self.status(run_id) for run_id in (dropped, waiting, "b-completed", "b-running")],
                         ["cancelled", "failed", "completed", "failed"])
        self.assertEqual(server.get(f"/backtests/{ours}/summary").status, 200)
        self.assertEqual(server.get("/backtests/b-completed/summary").json()["code"], "artifact_not_found")
        server.stop()


if __name__ == "__main__":
    replicas.main()
