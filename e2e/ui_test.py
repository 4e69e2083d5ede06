#!/usr/bin/env python3
"""The web client in a real Chromium against the real service: each page and what is done on it (e2e/ui/*.mjs)."""
import json
import os
import pathlib
import sqlite3
import subprocess
import time
import unittest
from concurrent.futures import ThreadPoolExecutor


from oidc_issuer import OidcIssuer
from postgres_cluster import Cluster
import script
from service import Service, policy, request, slow_policy, write_market

ROOT = pathlib.Path(__file__).resolve().parents[1]
NODE = ROOT / ".deps/node/bin/node"
BINARY = None


def sample_configs(binary, directory):
    """The sample market below `directory`, and its configs by name; their paths are those of a service there."""
    subprocess.run([binary, "sample", "market"], cwd=directory, check=True, capture_output=True)
    market = directory / "market"
    return {path.stem: path.read_text().replace("prices.csv", "market/prices.csv").replace("signals.csv", "market/signals.csv")
            for path in sorted(market.glob("*.yaml"))}


def run_in_browser(address, *names, **environment):
    """The tests of e2e/ui/NAME.mjs; their report where one fails."""
    done = subprocess.run([NODE, "--test", "--test-concurrency=1", *(ROOT / "e2e/ui" / f"{name}.mjs" for name in names)],
                          env={**os.environ, "BACKTEST_TEST_ADDRESS": f"http://{address}", **environment},
                          capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise AssertionError(done.stdout[-8000:] + done.stderr[-2000:])


def submit(service, text, run_id):
    reply = service.post("/backtests", {"config_yaml": text, "run_id": run_id})
    assert reply.status == 202, reply.body


class UserInterface(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = s = Service(BINARY, BACKTEST_LOG_LEVEL="error")
        cls.configs = sample_configs(s.binary, s.directory)
        s.start()
        if s.get("/").status == 404:
            s.stop()
            raise unittest.SkipTest("this binary was built without the web client: ./dev build makes it")
        for name, text in cls.configs.items():
            submit(s, text, name)
        submit(s, cls.configs["sixty_forty"].replace("run_name: ", "run_name: '<img src=x onerror=alert(1)>' #"), "hostile")
        submit(s, cls.configs["sixty_forty"].replace("market/prices.csv", "market/absent.csv"), "broken")
        for name in (*cls.configs, "hostile", "broken"):
            s.wait_terminal(name, 120)

    @classmethod
    def tearDownClass(cls):
        cls.service.stop()

    def test_the_list_of_runs(self):
        run_in_browser(self.service.address, "runs")

    def test_what_a_day_has(self):
        run_in_browser(self.service.address, "core")

    def test_places_in_the_queue(self):
        s = Service(BINARY, BACKTEST_LOG_LEVEL="error", BACKTEST_MAX_CONCURRENT="0")
        config = policy(write_market(s.directory))
        s.start()
        self.addCleanup(s.stop)
        for at in range(260):
            s.submit(config, run_id=f"waits-{at:03}")
        run_in_browser(s.address, "queue")

    def test_what_a_day_has_on_postgresql(self):
        cluster = Cluster()
        self.addCleanup(cluster.stop)
        s = Service(BINARY, BACKTEST_LOG_LEVEL="error", BACKTEST_RUN_STORE_MODE="postgres", BACKTEST_POSTGRES_DSN=cluster.dsn())
        subprocess.run([s.binary, "migrate", "up"], env=s.environment, check=True, capture_output=True)
        configs = sample_configs(s.binary, s.directory)
        s.start()
        self.addCleanup(s.stop)
        submit(s, configs["sixty_forty"].replace("market/prices.csv", "market/absent.csv"), "broken")
        for name in ("momentum", "sixty_forty"):
            submit(s, configs[name], name)
        for name in ("broken", "momentum", "sixty_forty"):
            s.wait_terminal(name, 60)
        run_in_browser(s.address, "core")

    def test_the_page_of_a_run(self):
        run_in_browser(self.service.address, "run")

    def test_the_nav_of_a_run_that_runs(self):
        # One run at a time, each far longer than anybody looks at it: the browser cancels them.
        s = Service(BINARY, BACKTEST_LOG_LEVEL="error", BACKTEST_MAX_CONCURRENT="1")
        config = slow_policy(write_market(s.directory, bars=3000, instruments=200), lookback_days=2000)
        s.start()
        self.addCleanup(s.stop)
        run_in_browser(s.address, "nav_so_far", BACKTEST_TEST_CONFIG=json.dumps(config))

    def test_comparisons(self):
        run_in_browser(self.service.address, "compare")

    def test_submissions(self):
        run_in_browser(self.service.address, "submit")

    def test_data_sets(self):
        # Without workers, so that a run that was sent goes on needing its data.
        s = Service(BINARY, BACKTEST_LOG_LEVEL="error", BACKTEST_ALLOW_DATASETS="true", BACKTEST_DATASET_MB="4",
                    BACKTEST_MAX_CONCURRENT="0")
        prices = write_market(s.directory)
        s.start()
        self.addCleanup(s.stop)
        run_in_browser(s.address, "datasets", "yaml_edit", BACKTEST_TEST_PRICES=str(prices),
                       BACKTEST_TEST_OFF_ADDRESS=f"http://{self.service.address}")

    def test_the_state_of_the_service(self):
        run_in_browser(self.service.address, "service")

    @unittest.skipUnless(os.environ.get("BACKTEST_TEST_SCREENS"), "BACKTEST_TEST_SCREENS names no directory for pictures")
    def test_pictures(self):
        s = Service(BINARY, BACKTEST_LOG_LEVEL="error", BACKTEST_ALLOW_DATASETS="true")
        sample_configs(s.binary, s.directory)
        s.start()
        self.addCleanup(s.stop)
        market = s.directory / "market"
        for name, file in (("prices", "prices.csv"), ("momentum-scores", "signals.csv")):
            put = request(s.address, "PUT", f"/datasets/{name}", body=(market / file).read_bytes())
            self.assertEqual(put.status, 201, put.body)
        run_in_browser(self.service.address, "screens", BACKTEST_TEST_DATA_ADDRESS=f"http://{s.address}")

    def test_a_hundred_thousand_runs(self):
        s = Service(BINARY, BACKTEST_LOG_LEVEL="error").start()
        s.stop()
        store = sqlite3.connect(s.directory / "results/runs.sqlite3")
        now_us = int(time.time() * 1e6)
        store.executemany(
            "insert into run_records (run_id, status, submitted_at, completed_at, run_name, output_dir, config_sha256, submitter, "
            "priority, error, error_code) values (?, 'failed', ?, ?, 'one of many', ?, 'none', 'anonymous', 0, 'none', 'none')",
            ((f"many-{at:06}", now_us + at, now_us + at, f"many-{at:06}") for at in range(100_000)))
        store.commit()
        store.close()
        s.start()
        try:
            run_in_browser(s.address, "many")
        finally:
            s.stop()

    def test_a_server_that_restarts(self):
        s = Service(BINARY, BACKTEST_LOG_LEVEL="error", BACKTEST_LEASE_SECONDS="5",
                    BACKTEST_MAX_CONCURRENT="1")
        prices = write_market(s.directory, bars=4000, instruments=100)
        s.start()
        opened = s.directory / "opened"
        config = policy(prices, strategy={"class": "StaticUniverseStrategy", "parameters": {"rebalance": "daily"}})
        for run_id in [*(f"before-{at}" for at in range(12)), "watched"]:
            s.submit(config, run_id=run_id)
        try:
            with ThreadPoolExecutor() as threads:
                browser = threads.submit(run_in_browser, s.address, "restart", BACKTEST_TEST_OPENED=str(opened))
                while not opened.exists() and not browser.done():
                    time.sleep(0.02)
                s.kill()
                time.sleep(2)
                s.start()
                browser.result()
        finally:
            s.stop()

    def test_signing_in(self):
        issuer = OidcIssuer()
        by_key = Service(BINARY, BACKTEST_API_KEY="right", BACKTEST_LOG_LEVEL="error")
        by_issuer = Service(BINARY, BACKTEST_AUTH_MODE="oidc", BACKTEST_OIDC_ISSUER=issuer.url, BACKTEST_OIDC_AUDIENCE="backtest",
                            BACKTEST_UI_OIDC_CLIENT_ID="client", BACKTEST_LOG_LEVEL="error")
        try:
            for s, headers in ((by_key, {"X-API-Key": "right"}), (by_issuer, {"Authorization": f"Bearer {issuer.token()}"})):
                s.start()
                s.submit(policy(write_market(s.directory)), run_id="kept", headers=headers)
                while s.get("/backtests/kept", headers=headers).json()["status"] != "completed":
                    time.sleep(0.05)
            run_in_browser(by_key.address, "sign_in", BACKTEST_TEST_KEY_ADDRESS=f"http://{by_key.address}",
                           BACKTEST_TEST_OIDC_ADDRESS=f"http://{by_issuer.address}", BACKTEST_TEST_ISSUER=issuer.url)
            self.assertIn("/token", issuer.requests)
        finally:
            by_key.stop()
            by_issuer.stop()
            issuer.stop()


if __name__ == "__main__":
    BINARY = script.options().binary
    unittest.main()
