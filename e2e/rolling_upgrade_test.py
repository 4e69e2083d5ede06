#!/usr/bin/env python3
"""Replicas are replaced one by one, from the build before to this one and back, while runs are submitted: every accepted
run completes once, and replicas of both builds work side by side on one database and one directory.

The build before is named by BACKTEST_BUILD_BEFORE, a program made from an earlier commit (`git worktree add`, then
`./dev build`); without it this build takes its place, which tests the procedure alone."""
import os
import sqlite3
import subprocess
import unittest

import replicas
from replicas import ReplicasCase, Submissions, assert_artifacts_match_their_manifest, wait_until
from service import Service, write_market

BEFORE = os.environ.get("BACKTEST_BUILD_BEFORE")


def before():
    return BEFORE or replicas.BINARY


class OnPostgres(ReplicasCase):
    def of(self, binary, made):
        made.binary = binary
        return made

    def migrate_with(self, binary, *arguments):
        done = subprocess.run([binary, "migrate", *arguments], env=self.api().environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def replace(self, process, binary):
        process.stop()
        process.binary = binary
        process.start()

    def wait_for_another_run(self, submissions):
        for each in submissions:
            known = len(each.acknowledged)
            wait_until(lambda: len(each.acknowledged) > known, what="a submission")

    def test_one_by_one_there_and_back(self):
        print(f"the build before: {BEFORE or 'NOT GIVEN, this build takes its place'}", flush=True)
        self.migrate_with(before(), "up")
        apis = [self.of(before(), self.api()).start() for _ in range(2)]
        workers = [self.of(before(), self.worker()).start() for _ in range(2)]
        submissions = [Submissions(api, self.prices, f"upgrade{i}-", every=0.05) for i, api in enumerate(apis)]
        print(self.migrate_with(replicas.BINARY, "up").strip(), flush=True)
        for binary in (replicas.BINARY, before(), replicas.BINARY):
            for process in (*workers, *apis):  # workers first, as docs/operations.md says
                self.replace(process, binary)
                self.wait_for_another_run(submissions)  # on a machine however fast, runs are submitted at each step
        acknowledged = [run_id for each in submissions for run_id in each.stop()]
        refused = [reply.status for each in submissions for reply in each.refused]
        print(f"{len(acknowledged)} runs acknowledged, refused: {refused}", flush=True)
        self.assertGreater(len(acknowledged), 10)
        self.assert_settled(apis[0], acknowledged)
        self.assertEqual(self.migrate("check").returncode, 0)
        for process in (*workers, *apis):
            process.stop()


class OnSqlite(unittest.TestCase):
    def test_there_and_back(self):
        server = Service(before())
        self.addCleanup(lambda: server.process.poll() is None and server.kill())
        prices = write_market(server.directory)
        acknowledged = []
        for binary in (before(), replicas.BINARY, before(), replicas.BINARY):
            server.binary = binary
            server.start()
            submissions = Submissions(server, prices, f"upgrade{len(acknowledged)}-", every=0.05)
            wait_until(lambda: len(submissions.acknowledged) >= 5, what="submissions")
            server.stop()
            acknowledged += submissions.stop()
        server.start()
        for run_id in acknowledged:
            self.assertEqual(server.wait_terminal(run_id)["status"], "completed", run_id)
            assert_artifacts_match_their_manifest(self, server, run_id)
        server.stop()
        with sqlite3.connect(server.directory / "results" / "runs.sqlite3") as database:
            print(f"{len(acknowledged)} runs acknowledged", flush=True)
            self.assertEqual(database.execute("select count(*) from run_records where status <> 'completed'").fetchone()[0], 0)


if __name__ == "__main__":
    replicas.main()
