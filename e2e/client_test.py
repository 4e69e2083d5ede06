#!/usr/bin/env python3
"""The commands that talk to a service, and its upkeep, as typed at a terminal."""
import csv
import hashlib
import json
import os
import re
import subprocess
import unittest

import script
from service import Service, policy, slow_policy, write_market

BINARY = None
CANARY = "canary-3f9a1c-secret"


class Client(unittest.TestCase):
    def setUp(self):
        self.service = Service(BINARY, BACKTEST_API_KEY=CANARY, BACKTEST_LEASE_SECONDS="1")
        self.prices = write_market(self.service.directory)
        self.config = self.service.directory / "config.json"
        self.config.write_text(json.dumps(policy(self.prices)))
        self.service.start()

    def tearDown(self):
        self.service.kill()

    def backtest(self, *arguments, key=CANARY, **environment):
        variables = {"PATH": os.environ["PATH"], "BACKTEST_URL": f"http://{self.service.address}", **environment}
        if key:
            variables["BACKTEST_API_KEY"] = key
        return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, env=variables,
                              cwd=self.service.directory, timeout=60)

    def submitted(self):
        done = self.backtest("submit", self.config, "--watch", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout.splitlines()[-1])["run_id"]

    def test_submit_watch_list_show_compare_fetch(self):
        first, second = self.submitted(), self.submitted()
        listed = json.loads(self.backtest("list", "--json").stdout)
        self.assertEqual({run["run_id"] for run in listed["runs"]}, {first, second})
        self.assertIn(first, self.backtest("list", "--status", "completed").stdout)
        by_end = json.loads(self.backtest("list", "--sort", "completed_at", "--json").stdout)
        self.assertEqual([run["run_id"] for run in by_end["runs"]], [first, second])
        self.assertEqual(len(json.loads(self.backtest("list", "--sort=-duration", "--json").stdout)["runs"]), 2)
        self.assertIn("completed", self.backtest("show", first).stdout)
        compared = self.backtest("compare", first, second)
        self.assertEqual(compared.returncode, 0, compared.stderr)
        self.assertIn(second, compared.stdout)
        fetched = self.backtest("fetch", first, "--output-dir", "fetched")
        self.assertEqual(fetched.returncode, 0, fetched.stderr)
        directory = self.service.directory / "fetched" / first
        manifest = json.loads((directory / "artifacts_manifest.json").read_text())
        for entry in manifest["files"]:
            content = (directory / entry["name"]).read_bytes()
            self.assertEqual(hashlib.sha256(content).hexdigest(), entry["sha256"])
        again = self.backtest("fetch", first, "--output-dir", "fetched")
        self.assertEqual(again.returncode, 2, "an existing directory is refused")
        (directory / "trades.csv").write_text("damaged")
        forced = self.backtest("fetch", first, "--output-dir", "fetched", "--force")
        self.assertEqual(forced.returncode, 0, forced.stderr)
        self.assertIn("execution_date", (directory / "trades.csv").read_text())
        self.assertEqual([path.name for path in directory.parent.iterdir()], [first])
        (directory.parent / second).mkdir()
        (directory.parent / second / "mine.txt").write_text("not a run")
        self.assertEqual(self.backtest("fetch", second, "--output-dir", "fetched", "--force").returncode, 2)
        self.assertTrue((directory.parent / second / "mine.txt").exists())
        mixed = self.backtest("compare", f"fetched/{first}", second)
        self.assertEqual(mixed.returncode, 0, mixed.stderr)
        self.assertIn(second, mixed.stdout)

    def test_the_list_tells_places_in_the_queue(self):
        self.service.kill()
        self.service.environment["BACKTEST_MAX_CONCURRENT"] = "0"
        self.service.start()
        for run_id in ("first", "second"):
            self.assertEqual(self.backtest("submit", self.config, "--run-id", run_id).returncode, 0)
        listed = self.backtest("list").stdout
        self.assertRegex(listed, r"first +queued #1 ")
        self.assertRegex(listed, r"second +queued #2 ")

    def test_a_tag_that_a_terminal_is_not_shown_stays_as_it_is(self):
        kept = "http://desk:secret@prices.example"
        run_id = json.loads(self.backtest("submit", self.config, "--json", "--tag", kept).stdout)["run_id"]
        done = self.backtest("tag", run_id, "checked")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("secret", done.stdout)
        tags = self.service.get(f"/backtests/{run_id}", headers={"X-API-Key": CANARY}).json()["tags"]
        self.assertEqual(tags, ["checked", kept])

    def test_submit_from_standard_input_with_values_on_top(self):
        text = self.config.read_text()
        done = subprocess.run([BINARY, "submit", "-", "--set", "run_name=piped", "--watch", "--json"], input=text,
                              capture_output=True, text=True, timeout=60,
                              env={"BACKTEST_URL": f"http://{self.service.address}", "BACKTEST_API_KEY": CANARY})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout.splitlines()[-1])["run_name"], "piped")

    def test_errors_of_a_submitted_config_name_its_file(self):
        (self.service.directory / "wrong.yaml").write_text("start_date: x\nbroker: {comission: 1}\n")
        done = self.backtest("submit", "wrong.yaml")
        self.assertEqual(done.returncode, 2)
        self.assertIn("wrong.yaml:1:13: start_date: ", done.stderr)
        self.assertIn("wrong.yaml:2:10: broker.comission: ", done.stderr)
        self.config.write_text(json.dumps(policy(self.prices, broker={"comission": 1})))
        self.assertIn("config.json: broker.comission: ", self.backtest("submit", self.config.name).stderr)

    def test_numbers_pass_through_to_the_bit(self):
        commission = 0.09214664012126805  # a parser that does not round correctly reads its neighbour
        self.config.write_text(json.dumps(policy(self.prices, broker={"commission": commission})))
        run_id = self.submitted()
        headers = {"X-API-Key": CANARY}
        config = self.service.get(f"/backtests/{run_id}/config", headers=headers).json()["config"]
        self.assertEqual(config["broker"]["commission"], commission)
        shown = json.loads(self.backtest("show", run_id, "--json").stdout)
        summary = self.service.get(f"/backtests/{run_id}/summary", headers=headers).json()
        record = self.service.get(f"/backtests/{run_id}", headers=headers).json()
        for name in ("total_return", "annualized_return", "annualized_volatility", "max_drawdown", "final_equity"):
            self.assertEqual(record["metrics"][name], summary[name], name)
            self.assertEqual(shown["metrics"][name], summary[name], name)
        self.config.write_text('{"run_name": "x", "run_name": "y"}')
        twice = self.backtest("submit", self.config)
        self.assertEqual(twice.returncode, 2)
        self.assertIn("twice", twice.stderr)

    def test_errors_say_what_is_wrong(self):
        unknown = self.backtest("show", "NOPE")
        self.assertEqual(unknown.returncode, 2)
        self.assertIn("NOPE", unknown.stderr)
        denied = self.backtest("list", key="wrong")
        self.assertEqual(denied.returncode, 2)
        away = self.backtest("list", BACKTEST_URL="http://127.0.0.1:1")
        self.assertEqual(away.returncode, 1)
        self.assertIn("no answer", away.stderr)
        self.assertEqual(self.backtest("list", BACKTEST_URL="ftp://x").returncode, 2)

    def test_check_and_gc(self):
        run_id = self.submitted()
        lost = self.service.directory / "results" / run_id / "attempts" / ("99-" + "0" * 32)
        lost.mkdir()
        (lost / "trades.csv").write_text("left behind")
        environment = {**self.service.environment, "BACKTEST_GC_MIN_AGE_SECONDS": "0"}
        for command, expected in (("check", "run store"), ("check", "ok    confinement      network, programs"),
                                  ("gc", "1 lost attempts")):
            done = subprocess.run([BINARY, command], capture_output=True, text=True, env=environment,
                                  cwd=self.service.directory)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn(expected, done.stdout)
        self.assertFalse(lost.exists())
        self.assertEqual(self.backtest("fetch", run_id, "--output-dir", "after-gc").returncode, 0)

    def test_no_secret_is_shown_anywhere(self):
        run_id = self.submitted()
        shown = subprocess.run([BINARY, "serve", "--print-config"], capture_output=True, text=True,
                               env=self.service.environment, cwd=self.service.directory)
        texts = [shown.stdout, shown.stderr]
        headers = {"X-API-Key": CANARY}
        for path in ("/readyz", "/metrics", f"/backtests/{run_id}", f"/backtests/{run_id}/config", "/openapi.json",
                     "/backtests/none/status"):
            reply = self.service.get(path, headers=headers)
            texts.append(reply.body.decode() + str(reply.headers))
        for path in self.service.directory.rglob("*"):
            if path.is_file():
                texts.append(path.read_bytes().decode("utf-8", "replace"))
        for text in texts:
            self.assertNotIn(CANARY, text)


class ARunThatRuns(unittest.TestCase):
    """From the engine through child, worker, store and events to who watches: the NAV told at a date is the one that a run to
    that date ends with."""

    def test_its_nav_is_that_of_the_results(self):
        s = Service(BINARY)
        file = s.directory / "slow.json"
        file.write_text(json.dumps(slow_policy(write_market(s.directory, bars=3000, instruments=200), lookback_days=2000)))
        s.start()
        self.addCleanup(s.stop)
        environment = {"PATH": os.environ["PATH"], "BACKTEST_URL": f"http://{s.address}"}

        def backtest(*arguments):
            subprocess.run([BINARY, *arguments], env=environment, cwd=s.directory, check=True, capture_output=True, timeout=300)

        backtest("submit", "slow.json", "--run-id", "slow")
        with subprocess.Popen([BINARY, "watch", "slow"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              text=True) as watch:
            told = next(filter(None, (re.search(r"(\d{4}-\d\d-\d\d)  NAV ([\d,]+)$", line) for line in watch.stderr)), None)
            backtest("cancel", "slow")
        self.assertIsNotNone(told, "the run was over before anybody heard of it")
        s.wait_terminal("slow")
        record = s.get("/backtests/slow").json()
        self.assertEqual(record["status"], "cancelled")
        self.assertGreaterEqual(record["progress_date"], told[1])

        backtest("run", "slow.json", "--set", f"end_date={record['progress_date']}", "--run-id", "there", "--output-dir", "out")
        with open(s.directory / "out/there/daily_metrics.csv") as daily:
            navs = {row["date"]: float(row["portfolio_value"]) for row in csv.DictReader(daily)}
        self.assertEqual(max(navs), record["progress_date"])
        self.assertEqual(navs[record["progress_date"]], record["progress_nav"])
        self.assertEqual(f"{navs[told[1]]:,.0f}", told[2])


if __name__ == "__main__":
    BINARY = script.options().binary
    unittest.main(verbosity=2)
