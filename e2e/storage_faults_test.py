#!/usr/bin/env python3
"""Runs whose every request to object storage meets a fault once: records, artifacts and prices, all there. And an upload
that stays impossible."""
import hashlib
import json
import pathlib
import random
import tempfile
import unittest

import script
from azurite import ACCOUNT, OnAzurite, connection_string
from replicas import assert_artifacts_match_their_manifest, wait_until
from service import Service, policy, write_market
from storage_proxy import FAULTS, StorageProxy

BINARY, SEED = None, 0
MOST_TRIES = 8  # of the client, for one request


class StorageFaults(OnAzurite, unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="backtest-storage-faults-"))
        self.prices = write_market(self.directory)
        self.azurite.put("market", "prices.csv", self.prices.read_bytes())

    def service(self, endpoint, **changes):
        disk = tempfile.mkdtemp(dir=self.directory)
        made = Service(BINARY, self.directory, AZURE_STORAGE_CONNECTION_STRING=connection_string(endpoint),
                       BACKTEST_ADLS_CONTAINER_ALLOWLIST="market,records", BACKTEST_LEASE_SECONDS="20",
                       BACKTEST_ADLS_RUNS_DIR=f"records/{self.id().rsplit('.', 1)[-1]}", BACKTEST_OUTPUT_DIR=disk,
                       **{"BACKTEST_RUN_STORE_MODE": "adls", **changes})
        made.disk = pathlib.Path(disk)
        self.addCleanup(lambda: made.process and made.process.poll() is None and made.kill())
        made.start(wait_ready=False)
        made.wait_ready(seconds=60)
        return made

    def proxy(self, fault_of):
        made = StorageProxy(self.azurite.port, fault_of)
        self.addCleanup(made.stop)
        made.endpoint = f"http://127.0.0.1:{made.port}/{ACCOUNT}"
        return made

    def config(self, name):
        config = policy("market/prices.csv", name=name)
        config["data"]["price_source"] = "ADLS"
        return config

    def test_each_request_of_a_run_meets_a_fault_and_nothing_is_lost_doubled_or_damaged(self):
        generator, spoiling = random.Random(SEED), []

        def fault_of(method, target, tries):
            # The first of each, and some that were spoilt before.
            return generator.choice(FAULTS) if spoiling and (tries == 1 or generator.random() < 0.1) else None

        proxy = self.proxy(fault_of)
        spoilt = self.service(proxy.endpoint, BACKTEST_MAX_CONCURRENT="4")
        proxy.tries.clear()
        spoiling.append(True)
        run_ids = [spoilt.submit(self.config(f"spoilt {i}"), headers={"Idempotency-Key": f"{i}"}) for i in range(2)]
        for run_id in run_ids:
            record = spoilt.wait_terminal(run_id, 120)
            self.assertEqual(record["status"], "completed", record)
        spoiling.clear()
        met = [fault for faults in proxy.faults.values() for fault in faults]
        print(f"seed {SEED}: {len(proxy.faults)} requests met {len(met)} faults", flush=True)
        self.assertEqual(set(met), set(FAULTS))
        self.assertGreater(len(proxy.faults), 60)
        # Uploads have names of their own, so that nothing but the client's persistence repeats them.
        uploads = {key: tries for key, tries in proxy.tries.items() if key[0] == "PUT" and "/attempts/" in key[1]}
        self.assertGreater(len(uploads), 20)
        self.assertLessEqual(max(uploads.values()), MOST_TRIES)
        spoilt.stop()
        reader = self.service(self.azurite.endpoint, BACKTEST_MAX_CONCURRENT="0")
        self.assertEqual(sorted(run["run_id"] for run in reader.get("/backtests").json()["runs"]), sorted(run_ids))
        hashes = set()
        for run_id in run_ids:
            self.check_published(reader, run_id)
            hashes.add(reader.get(f"/backtests/{run_id}/summary").json()["result_sha256"])
        self.assertEqual(len(hashes), 1, "one config over one table has one result")

    def check_published(self, reader, run_id):
        assert_artifacts_match_their_manifest(self, reader, run_id)
        place = reader.environment["BACKTEST_ADLS_RUNS_DIR"].split("/")[1]
        record = json.loads(self.azurite.request("GET", f"records/{place}/runs/{run_id}.json"))
        self.assertEqual([event["status"] for event in record["events"]][-1], "completed")
        self.assertEqual(sum(event["status"] == "completed" for event in record["events"]), 1)
        self.assertEqual(record["attempts"], 1, "no fault of a request costs an attempt")
        # In the container there is the attempt that counts, whole, and nothing of another one.
        below = f"{place}/{run_id}/{record['artifact_prefix']}/"
        manifest = json.loads(self.azurite.request("GET", f"records/{below}artifacts_manifest.json"))
        expected = {below + entry["name"] for entry in manifest["files"]} | {below + "artifacts_manifest.json"}
        self.assertEqual(set(self.azurite.names("records", f"{place}/{run_id}/attempts/")), expected)

    def refusing_uploads(self):
        refused = []

        def fault_of(method, target, _):
            if method == "PUT" and "/attempts/" in target and "trades.csv" in target:
                refused.append(target)
                return "403"
            return None

        proxy = self.proxy(fault_of)
        proxy.refused = refused
        return proxy

    def test_an_upload_that_stays_impossible_fails_the_run_by_name_and_keeps_its_files(self):
        proxy = self.refusing_uploads()
        service = self.service(proxy.endpoint, BACKTEST_RUN_STORE_MODE="sqlite",
                               BACKTEST_DB_PATH=str(self.directory / "runs.sqlite3"))
        run_id = service.submit(self.config("not uploaded"))
        record = service.wait_terminal(run_id, 90)
        self.assertEqual((record["status"], record["error_code"]), ("failed", "artifact_upload_failed"), record)
        self.assertEqual(record["attempts"], 3)
        self.assertGreaterEqual(len(proxy.refused), 9, "each attempt tries thrice")
        listed = service.get(f"/backtests/{run_id}/artifacts?remote=true").json()
        self.assertEqual((listed["local"], listed["remote"]), ([], []))
        self.assertEqual(service.get(f"/backtests/{run_id}/summary").status, 404)
        kept = sorted((service.disk / run_id / "attempts").iterdir())
        self.assertEqual(len(kept), 3)
        for directory in kept:
            manifest = json.loads((directory / "artifacts_manifest.json").read_text())
            for entry in manifest["files"]:
                digest = hashlib.sha256((directory / entry["name"]).read_bytes()).hexdigest()
                self.assertEqual(digest, entry["sha256"], entry["name"])

    def test_an_upload_that_is_tried_again_ends_when_the_run_is_cancelled(self):
        proxy = self.refusing_uploads()
        service = self.service(proxy.endpoint, BACKTEST_RUN_STORE_MODE="sqlite",
                               BACKTEST_DB_PATH=str(self.directory / "runs.sqlite3"))
        run_id = service.submit(self.config("cancelled"))
        wait_until(lambda: proxy.refused, what="an upload")
        self.assertEqual(service.post(f"/backtests/{run_id}/cancel").status, 202)
        self.assertEqual(service.wait_terminal(run_id, 10)["status"], "cancelled")
        self.assertEqual(len({target.split("?")[0] for target in proxy.refused}), 1, "no other attempt was made")
        wait_until(lambda: not list((service.disk / run_id).glob("attempts/*/*")), what="an empty disk")
        service.stop()


if __name__ == "__main__":
    options = script.options(script.SEED)
    BINARY, SEED = options.binary, options.seed
    unittest.main(verbosity=2)
