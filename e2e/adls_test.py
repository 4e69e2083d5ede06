#!/usr/bin/env python3
"""The run store in object storage alone, without any database: processes that share nothing but Azurite, each on a disk of
its own, are killed in turn and lose no run and double none."""
import base64
import json
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
import unittest

from azurite import Azurite
from replicas import assert_artifacts_match_their_manifest, hold_a_child, kill_with_its_disk, slow_market, wait_until
import script
from service import Service, policy, request, write_market

BINARY = None
LEASE_S = 15  # a machine with many tests at once must keep them


class AdlsCase(unittest.TestCase):
    def setUp(self):
        self.azurite = Azurite()
        self.addCleanup(self.azurite.stop)
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="backtest-adls-"))
        self.prices = write_market(self.directory)

    def environment(self, **changes):
        return {"BACKTEST_RUN_STORE_MODE": "adls", "BACKTEST_ADLS_RUNS_DIR": "records/results",
                "BACKTEST_ADLS_CONTAINER_ALLOWLIST": "records", "BACKTEST_LEASE_SECONDS": str(LEASE_S),
                "BACKTEST_ARTIFACT_STORE": "local", "BACKTEST_OUTPUT_SHARED": "true",
                "AZURE_STORAGE_CONNECTION_STRING": self.azurite.connection_string, **changes}

    def service(self, command="serve", **changes):
        made = Service(BINARY, self.directory, command, **self.environment(**changes))
        self.addCleanup(lambda: made.process and made.process.poll() is None and made.kill())
        return made

    def started(self, command="serve", **changes):
        made = self.service(command, **changes).start(wait_ready=False)
        if command == "serve":
            made.wait_ready(seconds=120)
        return made

    def command(self, *words, **changes):
        made = Service(BINARY, self.directory, **self.environment(**changes))
        return subprocess.run([BINARY, *words], env=made.environment, capture_output=True, text=True, timeout=120)

    def record(self, run_id):
        """As it lies in the container: anybody may look who has the key."""
        return json.loads(self.azurite.request("GET", f"records/results/runs/{run_id}.json"))

    def assert_settled(self, server, run_ids):
        """Each run has one end, told once, and artifacts that are those of its manifest."""
        listed = [run["run_id"] for run in server.get("/backtests?limit=200").json()["runs"]]
        self.assertEqual(sorted(listed), sorted(run_ids))
        for run_id in run_ids:
            record = server.get(f"/backtests/{run_id}/status").json()
            self.assertEqual(record["status"], "completed", record)
            record = self.record(run_id)
            ends = [event["status"] for event in record["events"] if event["status"] not in ("queued", "running")]
            self.assertEqual(ends, ["completed"], run_id)
            self.assertTrue(record["artifact_prefix"].endswith(f"{record['lease_epoch']}-{record['lease_token']}"), run_id)
            assert_artifacts_match_their_manifest(self, server, run_id)

    def on_a_disk_of_its_own(self, command, **changes):
        """Nothing but the container is shared: artifacts lie there too."""
        return self.started(command, BACKTEST_ARTIFACT_STORE="adls", BACKTEST_OUTPUT_SHARED="false",
                            BACKTEST_OUTPUT_DIR=tempfile.mkdtemp(dir=self.directory), **changes)

    def test_processes_killed_in_turn_lose_and_double_nothing(self):
        api = self.on_a_disk_of_its_own("serve", BACKTEST_MAX_CONCURRENT="0")
        workers = [self.on_a_disk_of_its_own("worker") for _ in range(2)]
        run_ids, slow = [], slow_market(self.directory)
        for dying in workers:
            run_ids += [api.submit(policy(slow, name=f"before {i}")) for i in range(4)]
            hold_a_child(dying)
            kill_with_its_disk(dying)
            dying.start()
        run_ids.append(api.submit(policy(self.prices, name="just accepted")))
        kill_with_its_disk(api)
        api.start(wait_ready=False)
        api.wait_ready(seconds=120)
        run_ids.append(api.submit(policy(self.prices, name="after")))
        attempts = [api.wait_terminal(run_id, 120)["attempts"] for run_id in run_ids]
        self.assertGreater(max(attempts), 1, "no attempt was lost: nothing was tried")
        for worker in workers:
            worker.stop()
            shutil.rmtree(worker.environment["BACKTEST_OUTPUT_DIR"])
        # Whoever reads now has never seen a worker's disk, and finds no more in the container than runs and results.
        for reader in (api, self.on_a_disk_of_its_own("serve", BACKTEST_MAX_CONCURRENT="0")):
            self.assert_settled(reader, run_ids)
            listed = reader.get(f"/backtests/{run_ids[0]}/artifacts?remote=true").json()
            self.assertEqual((listed["local"], listed["remote_error"]), ([], None))
            self.assertLess({"summary.json", "artifacts_manifest.json"}, {entry["name"] for entry in listed["remote"]})
            reader.stop()

    def test_a_data_set_is_read_on_every_disk(self):
        settings = {"BACKTEST_ALLOW_DATASETS": "true"}
        api = self.on_a_disk_of_its_own("serve", BACKTEST_MAX_CONCURRENT="0", **settings)
        put = request(api.address, "PUT", "/datasets/prices", body=self.prices.read_bytes())
        self.assertEqual(put.status, 201, put.body)
        path = put.json()["path"]
        self.assertEqual(request(api.address, "PUT", "/datasets/prices", body=self.prices.read_bytes()).status, 200)
        run_id = api.submit(policy("", data={"price_path": "dataset:prices"}))
        self.assertEqual(api.delete("/datasets/prices").json()["code"], "dataset_in_use")
        worker = self.on_a_disk_of_its_own("worker", **settings)
        record = api.wait_terminal(run_id)
        self.assertEqual(record["status"], "completed", record)
        self.assertEqual(api.get(f"/backtests/{run_id}/config").json()["effective_config"]["data"]["price_path"], path)
        by_path = self.on_a_disk_of_its_own("serve", **settings)
        other = by_path.submit(policy(self.prices))
        self.assertEqual(by_path.wait_terminal(other)["status"], "completed")
        results = [api.get(f"/backtests/{run}/summary").json()["result_sha256"] for run in (run_id, other)]
        self.assertEqual(results[0], results[1])
        self.assertEqual(by_path.get("/datasets").json()["datasets"][0]["path"], path)
        self.assertEqual(by_path.delete("/datasets/prices").status, 204)
        self.assertEqual(api.get("/datasets").json()["datasets"], [])
        for process in (api, worker, by_path):
            process.stop()

    def test_one_key_is_one_run_whoever_is_asked(self):
        first, second = self.started(), self.started()
        key = {"Idempotency-Key": "once"}
        run_id = first.submit(policy(self.prices), headers=key)
        again = second.post("/backtests", {"config": policy(self.prices)}, headers=key)
        self.assertEqual(again.json()["run_id"], run_id)
        self.assertEqual(second.wait_terminal(run_id)["status"], "completed")

    def test_a_cancel_reaches_the_other_process_within_a_third_of_the_lease(self):
        api = self.started(BACKTEST_MAX_CONCURRENT="0")
        worker = self.started("worker", BACKTEST_MAX_CONCURRENT="1")
        run_id = api.submit(policy(slow_market(self.directory)))
        hold_a_child(worker)
        asked = time.time()
        self.assertEqual(api.post(f"/backtests/{run_id}/cancel").status, 202)
        self.assertEqual(api.wait_terminal(run_id)["status"], "cancelled")
        # The worker's own patience with an attempt that does not end by itself comes on top.
        print(f"cancelled after {time.time() - asked:.2f} s", flush=True)
        self.assertLess(time.time() - asked, LEASE_S / 3 + 6)
        worker.stop()

    def test_from_submission_to_completion(self):
        server = self.started()
        took = []
        for i in range(12):
            begun = time.time()
            server.wait_terminal(server.submit(policy(self.prices, name=f"timed {i}")))
            took.append(1000 * (time.time() - begun))
        print(f"submit to completed: p50 {statistics.median(took):.0f} ms, most {max(took):.0f} ms", flush=True)

    def test_settings_that_cannot_hold_are_refused_by_name(self):
        for name, changes in (("BACKTEST_LEASE_SECONDS", {"BACKTEST_LEASE_SECONDS": "4"}),
                              ("BACKTEST_ADLS_RUNS_DIR", {"BACKTEST_ADLS_RUNS_DIR": ""}),
                              ("BACKTEST_ADLS_RUNS_DIR", {"BACKTEST_ADLS_RUNS_DIR": "elsewhere/results"}),
                              ("BACKTEST_ARTIFACT_STORE", {"BACKTEST_OUTPUT_SHARED": "false"})):
            done = self.command("serve", **changes)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(name, done.stderr)
        done = self.command("backup", str(self.directory / "copy"))
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("BACKTEST_RUN_STORE_MODE", done.stderr)

    def test_checks_garbage_and_readiness(self):
        server = self.started()
        run_id = server.submit(policy(self.prices))
        server.wait_terminal(run_id)
        done = self.command("check")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        done = self.command("gc", BACKTEST_GC_MIN_AGE_SECONDS="0")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(server.delete(f"/backtests/{run_id}").status, 204)
        self.assertEqual(server.get(f"/backtests/{run_id}").status, 404)
        self.azurite.process.send_signal(signal.SIGSTOP)
        wait_until(lambda: server.get("/readyz").status == 503, 20, "not ready while the storage is silent")
        self.azurite.process.send_signal(signal.SIGCONT)
        wait_until(lambda: server.get("/readyz").status == 200, 60, "ready again")
        server.wait_terminal(server.submit(policy(self.prices)))
        server.stop()

    def test_a_key_changes_while_the_service_runs(self):
        """The one in the file is what requests are signed with, of records and of artifacts, once SIGHUP was sent."""
        secret = self.directory / "connection_string"
        secret.write_text(self.azurite.connection_string)
        server = self.service(BACKTEST_ARTIFACT_STORE="adls", BACKTEST_OUTPUT_SHARED="false",
                              AZURE_STORAGE_CONNECTION_STRING_FILE=str(secret))
        del server.environment["AZURE_STORAGE_CONNECTION_STRING"]
        server.start()
        server.wait_terminal(server.submit(policy(self.prices)))
        stale = base64.b64encode(b"a key that was replaced").decode()
        secret.write_text(re.sub("AccountKey=[^;]*", lambda _: f"AccountKey={stale}", self.azurite.connection_string))
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: server.get("/readyz").status == 503, 30, "not ready with a key that is refused")
        self.assertEqual(server.post("/backtests", {"config": policy(self.prices)}).status, 503)
        secret.write_text(self.azurite.connection_string)
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: server.get("/readyz").status == 200, 60, "ready with the key in force")
        run_id = server.submit(policy(self.prices))
        self.assertEqual(server.wait_terminal(run_id)["status"], "completed")
        assert_artifacts_match_their_manifest(self, server, run_id)
        self.assertNotIn(stale, server.log_text())
        server.stop()


if __name__ == "__main__":
    BINARY = script.options().binary
    unittest.main(verbosity=2)
