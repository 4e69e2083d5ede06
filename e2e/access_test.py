#!/usr/bin/env python3
"""Who may do what: every endpoint and every command by every kind of caller, in both modes of BACKTEST_ACCESS; keys that
are made and revoked while the service runs; the audit, past the removal of its runs; rates."""
import http.server
import json
import os
import signal
import sqlite3
import subprocess
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

import script
import service
from oidc_issuer import OidcIssuer
from service import Service, policy, write_market

BINARY = None
KEY = "the-key-of-the-environment"
CLIENT = "backtest"  # the audience

# The columns of the tables below. Tokens have the role that all need, but for `no_role`; ada submitted the run.
CALLERS = ["none", "env", "k_read", "k_write", "k_admin", "t_read", "t_write", "ada", "bob", "admin", "no_role"]
# METHOD PATH; a letter stands for a status: . 200, + 201, 2 202, a 401, f 403, n 404, c 409, u 422. ADA is ada's run that
# has completed, ADAQ her queued one, NOBODY one without a submitter, ADAS her data set. What could be done answers 409: the
# run is over (to cancel), or is not (to delete); a queued run needs the data set.
SHARED = """
                                         none env k_read k_write k_admin t_read t_write ada bob admin no_role
GET /healthz                              .    .    .      .       .       .      .      .   .    .      .
GET /readyz                               .    .    .      .       .       .      .      .   .    .      .
GET /config.js                            .    .    .      .       .       .      .      .   .    .      .
GET /whoami                               a    .    .      .       .       .      .      .   .    .      f
GET /audit                                a    .    f      f       .       f      f      f   f    .      f
GET /metrics                              a    .    .      f       .       .      f      .   .    .      f
GET /openapi.json                         a    .    .      f       .       .      f      .   .    .      f
GET /backtests                            a    .    .      f       .       .      f      .   .    .      f
GET /backtests/compare?ids=ADA,NOBODY     a    .    .      f       .       .      f      .   .    .      f
GET /backtests/ADA                        a    .    .      f       .       .      f      .   .    .      f
GET /backtests/ADA/status                 a    .    .      f       .       .      f      .   .    .      f
GET /backtests/ADA/config                 a    .    .      f       .       .      f      .   .    .      f
GET /backtests/ADA/events                 a    .    .      f       .       .      f      .   .    .      f
GET /backtests/ADA/summary                a    .    .      f       .       .      f      .   .    .      f
GET /backtests/ADA/metrics/timeseries     a    .    .      f       .       .      f      .   .    .      f
GET /backtests/ADA/metrics/rolling        a    .    .      f       .       .      f      .   .    .      f
GET /backtests/ADA/weights                a    .    .      f       .       .      f      .   .    .      f
GET /backtests/ADA/trades                 a    .    .      f       .       .      f      .   .    .      f
GET /backtests/ADA/artifacts              a    .    .      f       .       .      f      .   .    .      f
GET /backtests/ADA/artifacts/summary.json a    .    .      f       .       .      f      .   .    .      f
POST /backtests/ADA/tearsheet             a    +    +      f       +       +      f      +   +    +      f
GET /backtests/ADA/tearsheet              n    n    n      n       n       n      n      n   n    n      n
GET /backtests/NOBODY                     a    .    .      f       .       .      f      .   .    .      f
GET /backtests/ABSENT                     a    n    n      f       n       n      f      n   n    n      f
POST /backtests                           a    2    f      2       2       f      2      2   2    2      f
PATCH /backtests/ADA                      a    .    f      .       .       f      .      .   .    .      f
POST /backtests/validate                  a    .    .      f       .       .      f      .   .    .      f
POST /backtests/ADA/cancel                a    c    f      c       c       f      c      c   c    c      f
POST /backtests/NOBODY/cancel             a    c    f      c       c       f      c      c   c    c      f
DELETE /backtests/ADAQ                    a    c    f      c       c       f      c      c   c    c      f
GET /datasets                             a    .    .      f       .       .      f      .   .    .      f
GET /datasets/ADAS                        a    .    .      f       .       .      f      .   .    .      f
GET /datasets/ADAS/preview                a    .    .      f       .       .      f      .   .    .      f
PUT /datasets/ADAS                        a    .    f      .       .       f      .      .   .    .      f
DELETE /datasets/ADAS                     a    c    f      c       c       f      c      c   c    c      f
"""
# Only where it differs.
OWN = """
                                         none env k_read k_write k_admin t_read t_write ada bob admin no_role
GET /metrics                              a    .    f      f       .       f      f      f   f    .      f
GET /backtests/compare?ids=ADA,NOBODY     a    .    n      f       .       n      f      .   n    .      f
GET /backtests/ADA                        a    .    n      f       .       n      f      .   n    .      f
GET /backtests/ADA/status                 a    .    n      f       .       n      f      .   n    .      f
GET /backtests/ADA/config                 a    .    n      f       .       n      f      .   n    .      f
GET /backtests/ADA/events                 a    .    n      f       .       n      f      .   n    .      f
GET /backtests/ADA/summary                a    .    n      f       .       n      f      .   n    .      f
GET /backtests/ADA/metrics/timeseries     a    .    n      f       .       n      f      .   n    .      f
GET /backtests/ADA/metrics/rolling        a    .    n      f       .       n      f      .   n    .      f
GET /backtests/ADA/weights                a    .    n      f       .       n      f      .   n    .      f
GET /backtests/ADA/trades                 a    .    n      f       .       n      f      .   n    .      f
GET /backtests/ADA/artifacts              a    .    n      f       .       n      f      .   n    .      f
GET /backtests/ADA/artifacts/summary.json a    .    n      f       .       n      f      .   n    .      f
POST /backtests/ADA/tearsheet             a    +    n      f       +       n      f      +   n    +      f
PATCH /backtests/ADA                      a    .    f      n       .       f      n      .   n    .      f
POST /backtests/ADA/cancel                a    c    f      n       c       f      n      c   n    c      f
POST /backtests/NOBODY/cancel             a    c    f      f       c       f      f      f   f    c      f
DELETE /backtests/ADAQ                    a    c    f      n       c       f      n      c   n    c      f
GET /datasets/ADAS                        a    .    n      f       .       n      f      .   n    .      f
GET /datasets/ADAS/preview                a    .    n      f       .       n      f      .   n    .      f
PUT /datasets/ADAS                        a    .    f      c       .       f      c      .   c    .      f
DELETE /datasets/ADAS                     a    c    f      n       c       f      n      c   n    c      f
"""
DATASET = b"date,symbol,open,close\n2024-01-02,A,1,1\n2024-01-03,A,2,2\n"
STATUS = {".": 200, "+": 201, "2": 202, "a": 401, "f": 403, "n": 404, "c": 409, "u": 422}
# Commands of the client on ada's run, and their exit status: 0, or 2 where the service says no.
COMMANDS_OWN = {  # none, ada, bob, admin, k_read
    "list": "20000", "show ADA": "20202", "watch ADA": "20202", "compare ADA NOBODY": "20202",
    "fetch ADA --force": "20202", "cancel ADA": "22222", "submit": "20002",
}


def table(text):
    """{(method, path): {caller: status}}"""
    lines = [line.split() for line in text.strip().splitlines()]
    assert lines[0] == CALLERS
    return {(row[0], row[1]): {caller: STATUS[mark] for caller, mark in zip(CALLERS, row[2:], strict=True)} for row in lines[1:]}


class Access(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.issuer = OidcIssuer()
        cls.tokens = {name: cls.issuer.token(sub=subject, scope=scope, roles=roles) for name, subject, scope, roles in (
            ("t_read", "rita", "runs.read", ["quant"]), ("t_write", "will", "runs.write", ["quant"]),
            ("ada", "ada", "runs.read runs.write", ["quant"]), ("bob", "bob", "runs.read runs.write", ["quant"]),
            ("admin", "root", "", ["quant", "backtest-admin"]), ("no_role", "ada", "runs.read runs.write", []))}
        first = Service(BINARY, BACKTEST_AUTH_MODE="none").start()
        cls.directory = first.directory
        cls.config = policy(write_market(cls.directory, bars=60, instruments=3))
        first.submit(cls.config, run_id="NOBODY")
        assert first.wait_terminal("NOBODY")["status"] == "completed"
        first.stop()
        cls.keys = {f"k_{scope}": cls.key("create", f"robot-{scope}", "--scopes", scope).stdout.strip()
                    for scope in ("read", "write", "admin")}

    @classmethod
    def tearDownClass(cls):
        cls.issuer.stop()

    @classmethod
    def environment(cls, **more):
        return {"BACKTEST_AUTH_MODE": "api_key_or_oidc", "BACKTEST_API_KEY": KEY, "BACKTEST_OIDC_ISSUER": cls.issuer.url,
                "BACKTEST_OIDC_AUDIENCE": CLIENT, "BACKTEST_OIDC_READ_SCOPES": "runs.read",
                "BACKTEST_OIDC_WRITE_SCOPES": "runs.write", "BACKTEST_OIDC_REQUIRED_ROLES": "quant",
                "BACKTEST_OIDC_ADMIN_ROLES": "backtest-admin", "BACKTEST_ALLOW_DATASETS": "true", **more}

    @classmethod
    def serve(cls, **more):
        return Service(BINARY, directory=cls.directory, **cls.environment(**more)).start()

    @classmethod
    def operator(cls, *arguments, **more):
        """A command of whoever runs the service."""
        environment = {"PATH": os.environ["PATH"], "BACKTEST_OUTPUT_DIR": str(cls.directory / "results"), **more}
        return subprocess.run([BINARY, *arguments], env=environment, capture_output=True, text=True, timeout=30)

    @classmethod
    def key(cls, *arguments):
        return cls.operator("key", *arguments)

    def headers(self, caller):
        if caller == "none":
            return {}
        if caller == "env":
            return {"X-API-Key": KEY}
        return {"X-API-Key": self.keys[caller]} if caller in self.keys else {"Authorization": f"Bearer {self.tokens[caller]}"}

    def wait_for_keys(self, s):
        deadline = time.time() + 10
        while s.get("/whoami", headers=self.headers("k_read")).status != 200:
            self.assertLess(time.time(), deadline, "the keys are not read")
            time.sleep(0.05)

    def body(self, method, path, caller):
        if (method, path) == ("POST", "/backtests"):
            return {"config": self.config}
        if method == "PUT":
            return DATASET
        if method == "PATCH":
            return {"note": f"by {caller}"}
        return {"config": self.config} if path.endswith("/validate") else None

    def compare_with_table(self, s, expected):
        wrong = []
        for (method, path), row in expected.items():
            for caller, status in row.items():
                reply = service.request(s.address, method, path, body=self.body(method, path, caller),
                                        headers=self.headers(caller))
                if reply.status != status:
                    wrong.append(f"{method} {path} by {caller}: {reply.status}, not {status} {reply.body[:120]}")
        self.assertEqual(wrong, [])

    def ids(self, s, caller):
        return {run["run_id"] for run in s.get("/backtests?limit=200", headers=self.headers(caller)).json()["runs"]}

    def test_1_shared_access(self):
        s = self.serve()
        s.submit(self.config, run_id="ADA", headers=self.headers("ada"))
        while s.get("/backtests/ADA/status", headers=self.headers("ada")).json()["status"] != "completed":
            time.sleep(0.02)
        s.stop()
        s = self.serve(BACKTEST_MAX_CONCURRENT="0")
        self.wait_for_keys(s)
        s.submit(self.config, run_id="ADAQ", headers=self.headers("ada"))
        put = service.request(s.address, "PUT", "/datasets/ADAS", body=DATASET, headers=self.headers("ada"))
        self.assertEqual(put.status, 201, put.body)
        s.submit({**self.config, "data": {"price_path": "dataset:ADAS"}}, run_id="NEEDS", headers=self.headers("ada"))
        shared = table(SHARED)
        self.compare_with_table(s, shared)
        self.every_route_is_in_the_table(s, shared)
        self.assertLessEqual({"ADA", "ADAQ", "NOBODY"}, self.ids(s, "bob"))
        me = s.get("/whoami", headers=self.headers("ada")).json()
        self.assertEqual((me["kind"], me["subject"], me["rights"], me["access"]), ("oidc", "ada", ["read", "write"], "shared"))
        record = s.get("/backtests/ADA", headers=self.headers("ada")).json()
        self.assertEqual([record[f"submitter{part}"] for part in ("", "_kind", "_issuer")], ["ada", "oidc", self.issuer.url])
        s.stop()

    def every_route_is_in_the_table(self, s, expected):
        document = s.get("/openapi.json", headers=self.headers("env")).json()
        plain = lambda path: path.split("?")[0].replace("ADAS", "{dataset}").replace("ADAQ", "{run_id}").replace("ADA", "{run_id}").replace("summary.json", "{name}")
        tried = {(method, plain(path)) for method, path in expected}
        described = {(method.upper(), path) for path, operations in document["paths"].items() for method in operations
                     if method in ("get", "post", "put", "patch", "delete")}
        self.assertEqual(described - tried, set(), "routes that no row tries")

    def test_2_own_access(self):
        s = self.serve(BACKTEST_ACCESS="own", BACKTEST_MAX_CONCURRENT="0")
        self.wait_for_keys(s)
        expected = table(SHARED)
        expected.update(table(OWN))
        self.compare_with_table(s, expected)
        self.assertTrue({"ADA", "ADAQ", "NOBODY"} <= self.ids(s, "admin") & self.ids(s, "ada"))
        self.assertEqual(self.ids(s, "bob") & {"ADA", "ADAQ", "NOBODY"}, {"NOBODY"})
        mine = {run["submitter"] for run in s.get("/backtests?limit=200", headers=self.headers("bob")).json()["runs"]}
        self.assertEqual(mine, {"bob", "anonymous"})
        self.nobody_gets_the_answer_of_another(s)
        # A link is given to who may read, and is then good for a frame without credentials.
        link = s.post("/backtests/ADA/tearsheet", headers=self.headers("ada")).json()["url"]
        self.assertEqual(s.get(link).status, 200)
        # A token of a person called like the key is not the key, and its runs are nobody else's.
        self.tokens["mimic"] = self.issuer.token(sub="api_key", scope="runs.read runs.write", roles=["quant"])
        s.submit(self.config, run_id="KEYS", headers=self.headers("env"))
        self.assertEqual(s.get("/backtests/KEYS", headers=self.headers("mimic")).status, 404)
        # One key of an idempotent submission, two callers: two runs.
        twice = [s.submit(self.config, headers={**self.headers(caller), "Idempotency-Key": "same"}) for caller in ("ada", "bob")]
        self.assertNotEqual(*twice)
        self.commands_obey(s)
        s.stop()

    def nobody_gets_the_answer_of_another(self, s):
        """Lists and runs that are asked for at the same time are read together, but only by those who may see the same."""
        callers = ["ada", "bob", "admin", "env", "k_read"] * 8
        read = lambda caller: (self.ids(s, caller), s.get("/backtests/ADA", headers=self.headers(caller)).status)
        alone = {caller: read(caller) for caller in callers}
        self.assertEqual({caller: status for caller, (_, status) in alone.items()},
                         {"ada": 200, "bob": 404, "admin": 200, "env": 200, "k_read": 404})
        with ThreadPoolExecutor(len(callers)) as pool:
            for _ in range(10):
                self.assertEqual(list(pool.map(read, callers)), [alone[caller] for caller in callers])

    def commands_obey(self, s):
        with open(self.directory / "config.json", "w") as file:
            json.dump(self.config, file)
        for command, statuses in COMMANDS_OWN.items():
            for caller, status in zip(("none", "ada", "bob", "admin", "k_read"), statuses, strict=True):
                environment = {"PATH": os.environ["PATH"], "BACKTEST_URL": f"http://{s.address}"}
                for name, value in self.headers(caller).items():
                    environment.update({"BACKTEST_API_KEY": value} if name == "X-API-Key" else {"BACKTEST_TOKEN": value[7:]})
                arguments = command.split() + (["config.json"] if command == "submit" else [])
                done = subprocess.run([BINARY, *arguments], env=environment, cwd=self.directory, capture_output=True, text=True,
                                      timeout=30)
                self.assertEqual(done.returncode, int(status), f"{command} by {caller}: {done.stdout}{done.stderr}")

    def test_3_keys_come_and_go_while_the_service_runs(self):
        s = self.serve()
        made = self.key("create", "robot-read", "--scopes", "read")
        self.assertEqual(made.returncode, 0, made.stderr)
        text = made.stdout.strip()
        self.keys["new"] = text

        def within_two_seconds(status):
            deadline = time.time() + 5
            while s.get("/backtests", headers=self.headers("new")).status != status:
                self.assertLess(time.time(), deadline)
                time.sleep(0.05)
        within_two_seconds(200)
        self.assertEqual(s.get("/backtests", headers={"X-API-Key": text[:-1] + ("0" if text[-1] != "0" else "1")}).status, 401)
        key_id = text.split("_")[1]
        self.assertEqual(self.key("revoke", key_id).returncode, 0)
        within_two_seconds(401)
        listed = {key["key_id"]: key for key in json.loads(self.key("list", "--json").stdout)}
        self.assertEqual((listed[key_id]["state"], listed[key_id]["scopes"]), ("revoked", "read"))
        self.assertEqual(self.key("revoke", "0" * 16).returncode, 2)
        self.assertEqual(self.key("create", "x", "--scopes", "everything").returncode, 2)
        # The secret is nowhere: neither in the store nor in the log.
        secret = text.split("_")[2]
        s.stop()
        for file in [*(self.directory / "results").glob("runs.sqlite3*"), s.log_path]:
            self.assertNotIn(secret.encode(), file.read_bytes(), file)

    def test_4_the_audit_outlives_its_runs(self):
        s = self.serve()
        run_id = s.submit(self.config, headers={**self.headers("ada"), "X-Request-Id": "ask-1"})
        s.post(f"/backtests/{run_id}/cancel", headers=self.headers("bob"))
        while s.get(f"/backtests/{run_id}/status", headers=self.headers("ada")).json()["completed_at"] is None:
            time.sleep(0.02)
        self.assertEqual(s.delete(f"/backtests/{run_id}", headers=self.headers("admin")).status, 204)
        of_run = s.get(f"/audit?run_id={run_id}", headers=self.headers("admin")).json()["events"]
        s.process.send_signal(signal.SIGHUP)
        deadline = time.time() + 10
        while "secrets_read" not in (told := self.operator("audit").stdout):
            self.assertLess(time.time(), deadline, told)
            time.sleep(0.1)
        s.stop()
        told = [(event["action"], event["caller"].split("#")[-1]) for event in reversed(of_run) if event["action"] != "refused"]
        self.assertEqual(told, [("submit", "ada"), ("cancel", "bob"), ("remove", "root")])
        self.assertEqual((of_run[-1]["address"], of_run[-1]["request_id"]), ("127.0.0.1", "ask-1"))
        listed = json.loads(self.operator("audit", "--run", run_id, "--json").stdout)
        self.assertEqual(listed, of_run)
        self.assertIn("key_create", self.operator("audit", "--limit", "10000").stdout)
        self.assertIn('"audit"', s.log_text())
        with sqlite3.connect(self.directory / "results/runs.sqlite3") as database:
            for attempt in ("update audit_events set caller = 'x'", "delete from audit_events"):
                with self.assertRaisesRegex(sqlite3.Error, "only grows"):
                    database.execute(attempt)
            database.execute("insert into audit_events (at, action, caller, address, request_id, run_id, detail) "
                             "values (1000000, 'of-1970', '', '', '', '', '')")
        self.assertIn("of-1970", self.operator("audit", "--limit", "10000").stdout)
        done = self.operator("gc", BACKTEST_AUDIT_RETENTION_DAYS="1")
        self.assertIn("removed 1 events of the audit", done.stdout, done.stderr)
        left = self.operator("audit", "--limit", "10000").stdout
        self.assertNotIn("of-1970", left)
        self.assertIn(run_id, left)

    def test_5_rates(self):
        s = self.serve(BACKTEST_SUBMISSIONS_PER_MINUTE="2", BACKTEST_REQUESTS_PER_MINUTE="30", BACKTEST_MAX_CONCURRENT="0",
                       BACKTEST_QUEUE_LIMIT_PER_SUBMITTER="1")
        self.tokens["eve"] = self.issuer.token(sub="eve", scope="runs.write", roles=["quant"])
        queued = [s.post("/backtests", {"config": self.config}, headers=self.headers("eve")) for _ in range(3)]
        self.assertEqual([reply.status for reply in queued], [202, 429, 429])
        self.assertEqual([reply.json()["code"] for reply in queued[1:]], ["submitter_queue_full", "too_many_requests"])
        self.assertGreater(int(queued[2].headers["retry-after"]), 0)
        self.tokens["dan"] = self.issuer.token(sub="dan", scope="runs.write", roles=["quant"])
        for i in range(2):
            made = service.request(s.address, "PUT", "/datasets/dans", body=f"date,close\n2024-01-02,{i}\n".encode(), headers=self.headers("dan"))
            self.assertEqual(made.status, 201, made.body)
        removal = s.delete("/datasets/dans", headers=self.headers("dan"))
        self.assertEqual(removal.status, 429, "removals of data sets count as submissions (AUTH-13)")
        self.assertGreater(int(removal.headers["retry-after"]), 0)
        statuses = []
        while 429 not in statuses and len(statuses) < 200:  # a slow machine gets some more meanwhile
            statuses.append(s.get("/backtests", headers=self.headers("bob")).status)
        self.assertEqual(statuses[:30], [200] * 30)
        self.assertEqual(statuses[-1], 429)
        self.assertEqual(s.get("/backtests", headers=self.headers("ada")).status, 200)
        s.stop()

    def test_6_a_store_without_keys_says_so(self):
        environment = {"BACKTEST_RUN_STORE_MODE": "adls", "BACKTEST_ADLS_RUNS_DIR": "gold/runs",
                       "AZURE_STORAGE_CONNECTION_STRING": "UseDevelopmentStorage=true"}
        for command in (("key", "list"), ("audit",)):
            done = self.operator(*command, **environment)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("adls keeps neither keys nor an audit", done.stderr)

    def test_8_the_client_trusts_no_text_of_a_service(self):
        """A service that would set the title of the terminal, and one that is named with a password."""
        run = {"run_id": "R", "status": "failed", "submitted_at": "2026-01-01T00:00:00+00:00", "run_name": "\x1b]0;title\x07name",
               "error": "\u009b2J\u202e"}

        class Hostile(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps(run if "R" in self.path else {"runs": [run], "next_cursor": None}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = {"PATH": os.environ["PATH"], "BACKTEST_URL": f"http://127.0.0.1:{server.server_port}"}
        for command in (("list",), ("list", "--json"), ("show", "R"), ("show", "R", "--json")):
            done = subprocess.run([BINARY, *command], env=environment, capture_output=True, text=True, timeout=30)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("?]0;title?name", done.stdout)
            self.assertNotRegex(done.stdout, "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]")
        server.shutdown()
        server.server_close()
        environment["BACKTEST_URL"] = "http://ada:secret@127.0.0.1:9"
        done = subprocess.run([BINARY, "list"], env=environment, capture_output=True, text=True, timeout=30)
        self.assertIn("http://ada:***@127.0.0.1:9", done.stderr)
        self.assertNotIn("secret", done.stderr)

    def test_7_own_access_needs_authentication(self):
        done = self.operator("serve", "--print-config", BACKTEST_ACCESS="own")
        self.assertEqual(done.returncode, 2)
        self.assertIn("BACKTEST_ACCESS", done.stderr)


if __name__ == "__main__":
    BINARY = script.options().binary
    unittest.main(verbosity=2)
