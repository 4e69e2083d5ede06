#!/usr/bin/env python3
"""Connections to the database that break around commits: what the caller is told, and what it finds when it asks again.

src/run_store/postgres/lost_answer_test.cpp cuts every call of the store at every statement; here are whole processes and
the commands of an operator."""
import os
import subprocess

import replicas
from database_proxy import DatabaseProxy
from replicas import ReplicasCase, Submissions
from service import policy


class LostAnswers(ReplicasCase):
    def setUp(self):
        super().setUp()
        self.migrated()

    def proxy(self, name):
        made = DatabaseProxy(self.directory / name, self.cluster.directory)
        self.addCleanup(made.close)
        return made

    def command(self, proxy, *arguments, **environment):
        return subprocess.run([replicas.BINARY, *arguments], capture_output=True, text=True,
                              env={"PATH": os.environ["PATH"], "HOME": str(self.directory),
                                   "BACKTEST_RUN_STORE_MODE": "postgres", "BACKTEST_POSTGRES_DSN": proxy.dsn(),
                                   "BACKTEST_OUTPUT_DIR": str(self.directory / "results"), **environment})

    def test_replicas_whose_connections_break_all_the_time(self):
        proxies = [self.proxy("of-api"), self.proxy("of-worker")]
        api = self.api(BACKTEST_POSTGRES_DSN=proxies[0].dsn()).start()
        worker = self.worker(BACKTEST_POSTGRES_DSN=proxies[1].dsn(), BACKTEST_MAX_CONCURRENT="3").start()
        steady = self.api().start()
        for proxy, every in zip(proxies, (5, 11)):
            proxy.cut_every = every
        load = Submissions(api, self.prices, "cut")
        cancelled = []
        while len(load.acknowledged) < 40:
            run_id = load.acknowledged[-1] if load.acknowledged else None
            if run_id and run_id not in cancelled and len(cancelled) < 5:
                reply = api.post(f"/backtests/{run_id}/cancel", timeout=60)
                if reply.status in (202, 503):  # 503: it may have been, and its answer is what was lost
                    cancelled.append(run_id)
        run_ids = load.stop()
        for run_id in run_ids:
            steady.wait_terminal(run_id)
        self.assertGreater(min(proxy.cuts for proxy in proxies), 10)
        for proxy in proxies:
            proxy.cut_every = None
        self.assert_settled(steady, [run_id for run_id in run_ids if run_id not in cancelled], may_fail=True)
        doubled = "select idempotency_key from backtest.runs group by 1 having count(*) > 1"
        self.assertEqual(self.cluster.sql(doubled), "")
        for process in (api, worker):
            process.stop()

    def cut_everywhere(self, proxy, case):
        """Calls case() with each of its statements cut in turn, until one cut comes too late."""
        for after_commit in (False, True):
            for statement in range(1, 20):
                cuts = proxy.cuts
                proxy.statements, proxy.cut_at = 0, (statement, after_commit)
                with self.subTest(statement=statement, after_commit=after_commit):
                    case()
                if proxy.cuts == cuts:
                    break
        self.assertGreaterEqual(proxy.cuts, 8)

    def test_collecting_garbage(self):
        api, worker = self.api().start(), self.worker().start()
        proxy = self.proxy("of-gc")

        def collect():
            run_id = api.submit(policy(self.prices, name="old"))
            api.wait_terminal(run_id)
            self.cluster.sql("update backtest.runs set completed_at = completed_at - interval '3 days'")
            done = self.command(proxy, "gc", BACKTEST_RETENTION_DAYS="2")
            self.assertEqual((done.returncode, done.stdout),
                             (0, "removed 1 runs past retention and 0 lost attempts\n"), done.stderr)
            self.assertEqual(self.cluster.sql("select count(*) from backtest.runs"), "0")
            self.assertFalse((self.directory / "results" / run_id).exists())

        self.cut_everywhere(proxy, collect)
        worker.stop()

    def test_adopting(self):
        """It says that it does not know, and asking again finds out."""
        api = self.api().start()
        proxy = self.proxy("of-adopt")

        def adopt():
            for i in range(3):
                api.submit(policy(self.prices, name=f"a{i}"))
            self.cluster.sql("delete from backtest.run_queue")  # as the rows of the old service
            cuts = proxy.cuts
            first = self.command(proxy, "migrate", "adopt")
            self.assertEqual(first.returncode, proxy.cuts - cuts, first.stderr)
            again = self.migrate("adopt")
            self.assertEqual(again.returncode, 0, again.stderr)
            self.assertEqual(self.cluster.sql("select count(*) from backtest.run_queue"), "3")
            self.assertEqual(self.cluster.sql("select * from backtest.audit_runs()"), "")
            adopted = self.cluster.sql("select count(*) from backtest.run_events where detail like 'adopted%'")
            self.assertEqual(adopted, "3")
            self.cluster.sql("delete from backtest.run_queue; delete from backtest.runs")

        self.cut_everywhere(proxy, adopt)


if __name__ == "__main__":
    replicas.main()
