#!/usr/bin/env python3
"""The service as a user meets it: one binary, no other process, HTTP only."""
import hashlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import script
import service
from service import Service, policy, write_market

BINARY = None


class Serve(unittest.TestCase):
    def setUp(self):
        self.service = Service(BINARY)
        self.prices = write_market(self.service.directory)

    def tearDown(self):
        if self.service.process and self.service.process.poll() is None:
            self.service.kill()

    def test_submitted_run_completes_and_its_artifacts_match_their_manifest(self):
        s = self.service.start()
        reply = s.post("/backtests", {"config": policy(self.prices)})
        self.assertEqual(reply.status, 202)
        run_id = reply.json()["run_id"]
        self.assertIn(run_id, reply.headers["location"])
        record = s.wait_terminal(run_id)
        self.assertEqual(record["status"], "completed", record)
        manifest = s.get(f"/backtests/{run_id}/artifacts/artifacts_manifest.json").json()
        names = [entry["name"] for entry in manifest["files"]]
        self.assertIn("trades.csv", names)
        self.assertIn("tearsheet.html", names)
        for entry in manifest["files"]:
            body = s.get(f"/backtests/{run_id}/artifacts/{entry['name']}").body
            self.assertEqual(hashlib.sha256(body).hexdigest(), entry["sha256"], entry["name"])
        summary = s.get(f"/backtests/{run_id}/summary").json()
        self.assertEqual(summary["run_id"], run_id)
        points = s.get(f"/backtests/{run_id}/metrics/timeseries").json()
        self.assertEqual(points["total_points"], 300)
        self.assertAlmostEqual(points["points"][-1]["portfolio_value"], summary["final_equity"])
        trades = s.get(f"/backtests/{run_id}/trades").json()
        self.assertEqual(trades["total"], summary["trades"])
        rolling = s.get(f"/backtests/{run_id}/metrics/rolling?window_days=63").json()
        self.assertEqual(rolling["total_points"], 300)
        s.stop()

    def test_service_and_command_line_give_the_same_result(self):
        s = self.service.start()
        config = policy(self.prices)
        run_id = s.submit(config)
        self.assertEqual(s.wait_terminal(run_id)["status"], "completed")
        served = s.get(f"/backtests/{run_id}/summary").json()
        path = s.directory / "config.json"
        path.write_text(json.dumps(config))
        done = subprocess.run([BINARY, "run", str(path), "--run-id", "ALONE", "--json", "--quiet", "--output-dir",
                               str(s.directory / "alone")], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        alone = json.loads(done.stdout)["summary"]
        self.assertEqual(alone["result_sha256"], served["result_sha256"])

    def test_an_event_stream_tells_what_another_process_does(self):
        self.service.environment["BACKTEST_MAX_CONCURRENT"] = "0"
        s = self.service.start()
        run_id = s.submit(policy(self.prices))
        worker = Service(BINARY, directory=s.directory, command="worker", BACKTEST_MAX_CONCURRENT="1")
        with socket.create_connection(("127.0.0.1", s.port), timeout=60) as stream:
            stream.sendall(f"GET /backtests/{run_id}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            text = stream.recv(1 << 16)
            worker.start()
            while part := stream.recv(1 << 16):
                text += part
        worker.stop()
        states = re.findall(rb'event: state\ndata: {[^}]*"status":"(\w+)"', text)
        self.assertEqual(states, [b"queued", b"running", b"completed"], text)
        s.stop()

    def test_wrong_config_is_refused_with_every_error(self):
        s = self.service.start()
        reply = s.post("/backtests", {"config": policy(self.prices, initial_cash=-1, typo=1)})
        self.assertEqual(reply.status, 400)
        problem = reply.json()
        self.assertIn("code", problem)
        self.assertIn("initial_cash", json.dumps(problem))
        self.assertIn("typo", json.dumps(problem))

    def test_failing_run_fails_with_a_reason(self):
        s = self.service.start()
        missing = s.directory / "absent.csv"
        run_id = s.submit(policy(missing))
        record = s.wait_terminal(run_id)
        self.assertEqual(record["status"], "failed")
        self.assertIn("absent.csv", record["error"])

    def test_data_outside_the_allowed_directories_is_refused(self):
        s = self.service.start()
        reply = s.post("/backtests", {"config": policy("/etc/passwd.csv")})
        self.assertEqual(reply.status, 400)

    def test_queued_runs_survive_a_restart(self):
        s = self.service
        s.environment["BACKTEST_MAX_CONCURRENT"] = "0"
        s.start()
        run_ids = [s.submit(policy(self.prices, name=f"r{i}")) for i in range(5)]
        s.stop()
        s.environment["BACKTEST_MAX_CONCURRENT"] = "2"
        s.start()
        for run_id in run_ids:
            self.assertEqual(s.wait_terminal(run_id)["status"], "completed")
        s.stop()

    def test_cancel_of_a_queued_run(self):
        s = self.service
        s.environment["BACKTEST_MAX_CONCURRENT"] = "0"
        s.start()
        run_id = s.submit(policy(self.prices))
        self.assertIn(s.post(f"/backtests/{run_id}/cancel").status, (200, 202))
        self.assertEqual(s.get(f"/backtests/{run_id}/status").json()["status"], "cancelled")

    def test_killed_server_leaves_no_run_behind(self):
        s = self.service
        s.environment["BACKTEST_LEASE_SECONDS"] = "1"
        s.start()
        run_ids = [s.submit(policy(self.prices, name=f"r{i}")) for i in range(8)]
        time.sleep(0.15)
        s.kill(signal.SIGKILL)
        s.start()
        for run_id in run_ids:
            self.assertEqual(s.wait_terminal(run_id)["status"], "completed")
        s.stop()

    def test_two_servers_share_one_file(self):
        s = self.service.start()
        other = Service(BINARY, directory=s.directory).start()
        try:
            run_ids = [server.submit(policy(self.prices, name=f"r{i}")) for i in range(6) for server in (s, other)]
            for run_id in run_ids:
                self.assertEqual(other.wait_terminal(run_id)["status"], "completed")
        finally:
            other.stop()
            s.stop()

    def test_misconfiguration_fails_fast_and_names_the_settings(self):
        s = self.service
        s.environment.update(BACKTEST_MAX_CONCURRENT="many", BACKTEST_RUN_STORE_MODE="postgres",
                             BACKTEST_API_KEY="hunter2-secret", BACKTEST_LEASE_SECONDS="0")
        start = time.time()
        s.start(wait_ready=False)
        self.assertEqual(s.process.wait(timeout=10), 2)
        self.assertLess(time.time() - start, 2.0)
        text = s.log_text()
        for name in ("BACKTEST_MAX_CONCURRENT", "BACKTEST_POSTGRES_DSN", "BACKTEST_LEASE_SECONDS"):
            self.assertIn(name, text)
        self.assertNotIn("hunter2", text)

    def test_the_web_client_is_served_beside_the_api(self):
        s = self.service
        client = s.directory / "client"
        s.environment["BACKTEST_UI_DIST_DIR"] = str(client)
        s.start(wait_ready=False)
        self.assertEqual(s.process.wait(timeout=10), 2)
        self.assertIn("BACKTEST_UI_DIST_DIR", s.log_text())
        self.assertIn(str(client), s.log_text())
        (client / "assets").mkdir(parents=True)
        (client / "index.html").write_text("<!doctype html><script src=/config.js></script>")
        (client / "assets" / "app.js").write_text("fetch('/backtests')")
        s.environment["BACKTEST_API_KEY"] = "key"
        s.start()
        for path in ("/", "/runs/any"):
            reply = s.get(path)
            self.assertEqual((reply.status, reply.headers["cache-control"]), (200, "no-store"))
            self.assertIn(b"/config.js", reply.body)
        script = s.get("/assets/app.js")
        self.assertTrue(script.headers["content-type"].startswith("text/javascript"))
        self.assertEqual(s.get("/assets/app.js", headers={"If-None-Match": script.headers["etag"]}).status, 304)
        self.assertEqual(s.get("/assets/../../market.csv").status, 404)
        self.assertIn(b"window.__BACKTEST_UI_CONFIG__ = {", s.get("/config.js").body)
        self.assertEqual(s.get("/backtests").status, 401)
        self.assertEqual(s.get("/backtests", headers={"X-API-Key": "key"}).status, 200)
        s.stop()

    def test_a_key_file_is_read_again_at_sighup(self):
        file = service.pathlib.Path(self.service.directory) / "key"
        file.write_text("first\n")
        s = self.service
        s.environment["BACKTEST_API_KEY_FILE"] = str(file)
        s.start()
        answer = lambda key: s.get("/backtests", headers={"X-API-Key": key}).status
        self.assertEqual((answer("first"), answer("second")), (200, 401))
        for text, wanted in (("second\n", (401, 200)), ("", (401, 200))):  # a file without a key changes nothing
            file.write_text(text)
            s.process.send_signal(signal.SIGHUP)
            deadline = time.time() + 10
            while (answer("first"), answer("second")) != wanted and time.time() < deadline:
                time.sleep(0.05)
            self.assertEqual((answer("first"), answer("second")), wanted)
        s.stop()

    def test_idempotency_key(self):
        s = self.service.start()
        key = {"Idempotency-Key": "order-66"}
        first = s.post("/backtests", {"config": policy(self.prices)}, headers=key).json()["run_id"]
        again = s.post("/backtests", {"config": policy(self.prices)}, headers=key)
        self.assertEqual(again.json()["run_id"], first)
        other = s.post("/backtests", {"config": policy(self.prices, name="other")}, headers=key)
        self.assertEqual(other.status, 409)


class StartOfService(unittest.TestCase):
    def test_settings_that_cannot_be_meant_are_2_all_at_once(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        file = pathlib.Path(temporary.name) / "file"
        file.write_text("no directory")

        def complaints(**settings):
            environment = {**os.environ, "BACKTEST_OUTPUT_DIR": f"{temporary.name}/results", **settings}
            done = subprocess.run([BINARY, "serve", "--print-config"], cwd=temporary.name, env=environment, capture_output=True,
                                  text=True, timeout=60)
            self.assertNotIn("secret", done.stdout + done.stderr)
            self.assertEqual(done.returncode, 2 if done.stderr else 0, done.stderr)
            return sorted(set(re.findall(r"^(BACKTEST_\w+): ", done.stderr, re.MULTILINE)))

        wrong = {"BACKTEST_DATA_POSTGRES_DSN": "host=x password=secret bad'", "BACKTEST_POSTGRES_DSN": "host=x port=99999 password=secret",
                 "BACKTEST_POSTGRES_DIRECT_DSN": "host=x sslmode=secret", "BACKTEST_ALLOW_LOCAL_DATA": "true",
                 "BACKTEST_ALLOWED_DATA_DIRS": str(file), "BACKTEST_UI_AUTH_MODE": "secret", "BACKTEST_API_KEY": "secret\x01"}
        self.assertEqual(complaints(**wrong), sorted(wrong.keys() - {"BACKTEST_ALLOW_LOCAL_DATA"}))
        for dsn in ("postgresql://u:secret@h:99999/d", "postgresql://u:secret@h/d?sslmode=junk"):
            self.assertEqual(complaints(BACKTEST_DATA_POSTGRES_DSN=dsn), ["BACKTEST_DATA_POSTGRES_DSN"])
        self.assertEqual(complaints(BACKTEST_OIDC_ISSUER="https://issuer.example"), ["BACKTEST_OIDC_AUDIENCE"])
        self.assertEqual(complaints(BACKTEST_DATA_POSTGRES_DSN="postgresql://u:secret@h:5432/d?sslmode=require"), [])


if __name__ == "__main__":
    BINARY = script.options().binary
    unittest.main(verbosity=2)
