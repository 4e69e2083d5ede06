#!/usr/bin/env python3
"""Data sets that a client uploads: put, described, run by name and by version, owned, limited, removed."""
import concurrent.futures
import gzip
import hashlib
import json
import os
import pathlib
import socket
import subprocess
import threading
import time
import unittest

import script
from service import Service, policy, request, write_market

BINARY = None
PYTHON = pathlib.Path(__file__).resolve().parent.parent / ".deps/python/bin/python3"
# One symbol of 280 MB in a dictionary that is compressed to some kilobytes.
DICTIONARY_BOMB = """
import sys, pyarrow as pa, pyarrow.parquet as pq
symbol = pa.DictionaryArray.from_arrays(pa.array([0, 0], pa.int32()), pa.array(["a" * (280 << 20)]))
table = pa.table({"date": ["2024-01-02", "2024-01-03"], "symbol": symbol, "close": [1.0, 2.0]})
pq.write_table(table, sys.stdout.buffer, compression="zstd", use_dictionary=["symbol"], write_statistics=False,
               dictionary_pagesize_limit=1 << 30)
"""
KEYS = {"ann": {"X-API-Key": ""}, "bob": {"X-API-Key": ""}, "reader": {"X-API-Key": ""}, "admin": {"X-API-Key": "the key of the environment"}}


def put(s, name, body, headers=None, **options):
    return request(s.address, "PUT", f"/datasets/{name}", body=body, headers={**KEYS["ann"], **(headers or {})}, **options)


def kept_in(output, kind):
    directory = output / ".datasets" / kind
    return sorted(str(file.relative_to(directory)) for file in directory.rglob("*") if file.is_file())


def kept(s, kind):
    return kept_in(s.directory / "results", kind)


def new_key(s, name, scopes):
    made = subprocess.run([s.binary, "key", "create", name, "--scopes", scopes], env=s.environment, capture_output=True, text=True, check=True)
    return {"X-API-Key": made.stdout.strip().splitlines()[-1].split()[-1]}


def wait_until_known(s, key):
    deadline = time.time() + 10
    while s.get("/whoami", headers=key).status != 200 and time.time() < deadline:
        time.sleep(0.1)


class Datasets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = Service(BINARY, BACKTEST_ALLOW_DATASETS="true", BACKTEST_DATASET_MB="4", BACKTEST_ACCESS="own",
                        BACKTEST_AUTH_MODE="api_key", BACKTEST_API_KEY="the key of the environment",
                        BACKTEST_DATASETS_MB_PER_SUBMITTER="6", BACKTEST_RUN_MEMORY_MB="256", BACKTEST_GC_MIN_AGE_SECONDS="0")
        cls.prices = write_market(cls.s.directory)
        cls.s.start()
        for name, scopes in (("ann", "read,write"), ("bob", "read,write"), ("reader", "read")):
            KEYS[name].update(new_key(cls.s, name, scopes))
        wait_until_known(cls.s, KEYS["reader"])

    @classmethod
    def tearDownClass(cls):
        cls.s.stop()

    def run_of(self, path, who="ann", **changes):
        config = policy(path, **changes)
        del config["data"]["price_source"]
        run_id = self.s.submit(config, headers=KEYS[who])
        return run_id, self.ended(run_id, who)

    def ended(self, run_id, who="ann"):
        deadline = time.time() + 60
        while time.time() < deadline:
            record = self.s.get(f"/backtests/{run_id}", headers=KEYS[who]).json()
            if record["status"] in ("completed", "failed", "cancelled"):
                return record
            time.sleep(0.02)
        raise AssertionError(f"{run_id} does not end")

    def summary(self, run_id, who="ann"):
        return self.s.get(f"/backtests/{run_id}/summary", headers=KEYS[who]).json()

    def test_a_run_by_name_is_the_run_of_the_file(self):
        text = self.prices.read_bytes()
        made = put(self.s, "prices", text, {"X-Content-SHA256": hashlib.sha256(text).hexdigest()})
        self.assertEqual(made.status, 201, made.body)
        version = hashlib.sha256(text).hexdigest()[:16]
        self.assertEqual(made.json()["path"], f"dataset:prices@{version}")
        self.assertEqual(made.headers["location"], f"/datasets/prices@{version}")
        by_path, record = self.run_of(self.prices)
        self.assertEqual(record["status"], "completed", record)
        by_name, record = self.run_of("dataset:prices")
        self.assertEqual(record["status"], "completed", record)
        by_version, record = self.run_of(f"dataset:prices@{version}")
        self.assertEqual(record["status"], "completed", record)
        summaries = [self.summary(run) for run in (by_path, by_name, by_version)]
        self.assertEqual(len({summary["result_sha256"] for summary in summaries}), 1)
        self.assertEqual(summaries[1]["data_fingerprint"], summaries[2]["data_fingerprint"])
        self.assertNotEqual(summaries[0]["data_fingerprint"], summaries[1]["data_fingerprint"], "the version is part of the fingerprint")
        for run in (by_name, by_version):
            config = self.s.get(f"/backtests/{run}/config", headers=KEYS["ann"]).json()
            self.assertEqual(config["effective_config"]["data"]["price_path"], f"dataset:prices@{version}")
        self.assertEqual(config["config_sha256"], self.s.get(f"/backtests/{by_name}/config", headers=KEYS["ann"]).json()["config_sha256"])
        trades = [self.s.get(f"/backtests/{run}/artifacts/trades.csv", headers=KEYS["ann"]).body for run in (by_path, by_name)]
        self.assertEqual(trades[0], trades[1])

    def test_what_a_table_holds_is_told(self):
        text = ("date,symbol,close,note\n2024-01-02,A,10,x\n2024-01-03,A,11,\n2024-01-03,B,20,3\n2024-01-04,B,21,4\n"
                "2024-01-05,A,oops,5\n2024-01-05,B,22,6\nno day,B,23,7\n")
        self.assertEqual(put(self.s, "told", text.encode()).status, 201)
        told = self.s.get("/datasets/told", headers=KEYS["ann"]).json()
        self.assertEqual((told["rows"], told["symbols"], told["first_date"], told["last_date"]), (6, 2, "2024-01-02", "2024-01-05"))
        description = told["description"]
        self.assertEqual([(c["name"], c["kind"]) for c in description["columns"]],
                         [("date", "date"), ("symbol", "symbol"), ("close", "mixed"), ("note", "mixed")])
        self.assertEqual((description["holes"]["days"], description["holes"]["worst"][0]["symbol"]), (1, "A"))
        self.assertEqual([(e["line"], e["column"]) for e in description["refused"]], [(8, "date")])
        self.assertFalse(description["as_prices"]["accepted"])
        self.assertIn("oops", json.dumps(description["as_prices"]["errors"]))
        preview = self.s.get("/datasets/told/preview", headers=KEYS["ann"]).json()
        self.assertEqual(preview["columns"], ["date", "symbol", "close", "note"])
        self.assertEqual(preview["rows"][0], ["2024-01-02", "A", 10, "x"])
        self.assertEqual(preview["rows"][4][2], "oops")

    def test_versions_do_not_change(self):
        first = put(self.s, "two", b"date,close\n2024-01-02,1\n").json()
        second = put(self.s, "two", b"date,close\n2024-01-02,2\n").json()
        self.assertNotEqual(first["version"], second["version"])
        latest = self.s.get("/datasets/two", headers=KEYS["ann"]).json()
        self.assertEqual(latest["version"], second["version"])
        self.assertEqual(len(latest["versions"]), 2)
        contents = kept(self.s, "content")
        again = put(self.s, "two", b"date,close\n2024-01-02,1\n")
        self.assertEqual(again.status, 200, "the same content is the same version")
        self.assertEqual(again.json()["version"], first["version"])
        self.assertEqual(kept(self.s, "content"), contents, "and no second copy")
        self.assertEqual(self.s.get("/datasets/two", headers=KEYS["ann"]).json()["version"], first["version"], "put last")
        self.assertEqual(put(self.s, "another.name", b"date,close\n2024-01-02,1\n").status, 201)
        self.assertEqual(kept(self.s, "content"), contents)
        listed = {d["name"]: d for d in self.s.get("/datasets", headers=KEYS["ann"]).json()["datasets"]}
        self.assertEqual((listed["two"]["versions"], listed["another.name"]["versions"]), (2, 1))
        for name in (f"two@{second['version']}", "two", "another.name"):
            self.assertEqual(self.s.delete(f"/datasets/{name}", headers=KEYS["ann"]).status, 204, name)
            self.assertEqual(self.s.get(f"/datasets/{name}", headers=KEYS["ann"]).status, 404, name)
        self.assertEqual([c for c in kept(self.s, "content") if c.startswith(first["version"])], [])

    def test_what_is_refused_leaves_nothing(self):
        before = kept(self.s, "content"), kept(self.s, "entries")
        small = b"date,close\n2024-01-02,1.5\n"
        cases = [
            (put(self.s, "wrong", small, {"X-Content-SHA256": "0" * 64}), 422, "sha256_mismatch"),
            (put(self.s, "wrong", small, {"X-Content-SHA256": "zz"}), 400, "invalid_sha256"),
            (put(self.s, "wrong", b"x" * (5 << 20)), 413, "dataset_too_large"),
            (put(self.s, "wrong", (b"x" * (1 << 20) for _ in range(6))), 413, "dataset_too_large"),
            (put(self.s, "wrong", b""), 422, "dataset_refused"),
            (put(self.s, "wrong", b"PAR1 and no more"), 422, "dataset_refused"),
            (put(self.s, ".wrong", small), 400, "invalid_dataset_name"),
            (put(self.s, "wrong@0123456789abcdef", small), 400, "invalid_dataset_name"),
            (put(self.s, "wrong", small, KEYS["reader"]), 403, None),
            (put(self.s, "wrong", small, {"X-API-Key": "none"}), 401, None),
            (put(self.s, "wrong", gzip.compress(b"a" * (10 << 20)) * 80), 422, "dataset_refused"),
        ]
        for at, (reply, status, code) in enumerate(cases):
            self.assertEqual(reply.status, status, f"{at}: {reply.body}")
            if code:
                self.assertEqual(reply.json()["code"], code, at)
        bomb = subprocess.run([PYTHON, "-c", DICTIONARY_BOMB], capture_output=True, check=True).stdout
        self.assertLess(len(bomb), 1 << 20)
        refused = put(self.s, "wrong", bomb, timeout=60)
        self.assertEqual((refused.status, refused.json()["code"]), (422, "dataset_refused"))
        self.assertIn("BACKTEST_RUN_MEMORY_MB", refused.json()["detail"])
        self.assertEqual((kept(self.s, "content"), kept(self.s, "entries")), before)

    def test_the_same_content_again_needs_no_room(self):
        def table(first):
            return f"date,close\n{first},1\n".encode() + b"2024-01-03,2\n" * 250_000

        large, other, bob = table("2024-01-01"), table("2024-01-02"), KEYS["bob"]
        self.assertEqual(put(self.s, "large", large, bob).status, 201)
        again = put(self.s, "large", large, bob)
        self.assertEqual(again.status, 200, again.body)
        self.assertEqual(put(self.s, "large", iter([large]), bob).status, 200, "a length that is not told")
        for name in ("large", "larger"):
            refused = put(self.s, name, other, bob)
            self.assertEqual((refused.status, refused.json()["code"]), (413, "dataset_too_large"), name)
            self.assertIn("BACKTEST_DATASETS_MB_PER_SUBMITTER", refused.json()["detail"])
        self.assertEqual(len(self.s.get("/datasets/large", headers=bob).json()["versions"]), 1)
        self.assertEqual(self.s.delete("/datasets/large", headers=bob).status, 204)

    def test_the_same_content_again_is_no_further_version(self):
        full = Service(BINARY, BACKTEST_ALLOW_DATASETS="true", BACKTEST_MAX_CONCURRENT="0").start()
        try:
            small = b"date,close\n2024-01-02,1\n"
            self.assertEqual(put(full, "first", small).status, 201)
            entries = full.directory / "results/.datasets/entries"
            entry = next(entries.rglob("*.json"))
            for i in range(999):
                (entries / f"n{i}").mkdir()
                (entries / f"n{i}" / entry.name).write_text(json.dumps({**json.loads(entry.read_text()), "name": f"n{i}"}))
            for name in ("first", "another"):
                refused = put(full, name, b"date,close\n2024-01-02,2\n")
                self.assertEqual((refused.status, refused.json()["code"]), (409, "too_many_datasets"), name)
            self.assertEqual(put(full, "first", small).status, 200)
        finally:
            full.stop()

    def test_a_name_goes_to_one_of_those_who_put_it_at_once(self):
        def statuses(name, bodies):
            """Each body by a client of its own, all sent together."""
            ready = threading.Barrier(len(bodies))

            def one(who, body):
                ready.wait()
                return put(self.s, name, body, KEYS[who])

            with concurrent.futures.ThreadPoolExecutor(len(bodies)) as pool:
                replies = list(pool.map(lambda each: one(*each), bodies))
            return [reply.status for reply in replies], replies

        same = b"date,close\n2024-01-02,5\n"
        for at, bodies in enumerate(([("ann", same), ("bob", same)], [("ann", same), ("bob", same.replace(b"5", b"6"))])):
            name = f"at.once.{at}"
            found, replies = statuses(name, bodies)
            self.assertEqual(sorted(found), [201, 409], [reply.body for reply in replies])
            winner, loser = (bodies[found.index(status)] for status in (201, 409))
            self.assertEqual(put(self.s, name, winner[1], KEYS[winner[0]]).status, 200)
            self.assertEqual(put(self.s, name, loser[1], KEYS[loser[0]]).json()["code"], "dataset_name_taken")
            self.assertEqual(self.s.delete(f"/datasets/{name}", headers=KEYS[winner[0]]).status, 204)
        found, replies = statuses("at.once", [("ann", same)] * 4)
        self.assertEqual(sorted(found), [200, 200, 200, 201], [reply.body for reply in replies])
        self.assertEqual(self.s.delete("/datasets/at.once", headers=KEYS["ann"]).status, 204)

    def test_a_table_without_rows(self):
        self.assertEqual(put(self.s, "empty", b"date,symbol,close\n").status, 201)
        told = self.s.get("/datasets/empty", headers=KEYS["ann"]).json()["description"]["as_prices"]
        self.assertEqual([error["message"] for error in told["errors"]], ["the table has no rows with a date"])
        self.assertEqual((told["accepted"], told["warnings"]), (False, []))
        environment = {**os.environ, "BACKTEST_URL": f"http://{self.s.address}", "BACKTEST_API_KEY": KEYS["ann"]["X-API-Key"]}
        shown = subprocess.run([BINARY, "data", "show", "empty"], env=environment, capture_output=True, text=True)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("the table has no rows with a date", shown.stdout)
        # Entries were written with {} once.
        entry = next((self.s.directory / "results/.datasets/entries/empty").glob("*.json"))
        old = json.loads(entry.read_text())
        old["description"]["as_prices"].update(errors={}, warnings={})
        entry.write_text(json.dumps(old))
        told = self.s.get("/datasets/empty", headers=KEYS["ann"]).json()["description"]["as_prices"]
        self.assertEqual((told["errors"], told["warnings"]), ([], []))

    def test_chunks_and_a_client_that_dies(self):
        chunks = [b"date,close\n", b"2024-01-02,1\n", b"2024-01-03,2\n"]
        made = put(self.s, "chunked", iter(chunks))
        self.assertEqual(made.status, 201, made.body)
        self.assertEqual(made.json()["sha256"], hashlib.sha256(b"".join(chunks)).hexdigest())
        before = kept(self.s, "content")
        dying = socket.create_connection(("127.0.0.1", self.s.port))
        key = KEYS["ann"]["X-API-Key"]
        dying.sendall(f"PUT /datasets/dying HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\nContent-Length: 3000000\r\n\r\n".encode())
        dying.sendall(b"y" * 1_000_000)
        time.sleep(0.3)
        held = [link for link in pathlib.Path(f"/proc/{self.s.process.pid}/fd").iterdir() if ".datasets" in os.readlink(link)]
        self.assertEqual(len(held), 1, "the half is a file without a name")
        dying.close()
        deadline = time.time() + 5
        while held and time.time() < deadline:
            time.sleep(0.05)
            held = [link for link in held if link.is_symlink() and ".datasets" in os.readlink(link)]
        self.assertEqual(held, [])
        self.assertEqual(kept(self.s, "content"), before)
        self.assertEqual(self.s.get("/datasets/dying", headers=KEYS["ann"]).status, 404)

    def test_whose_they_are(self):
        self.assertEqual(put(self.s, "anns", self.prices.read_bytes()).status, 201)
        bob, admin = KEYS["bob"], KEYS["admin"]
        self.assertEqual(self.s.get("/datasets/anns", headers=bob).status, 404)
        self.assertEqual(self.s.get("/datasets/anns/preview", headers=bob).status, 404)
        self.assertEqual(self.s.delete("/datasets/anns", headers=bob).status, 404)
        self.assertNotIn("anns", self.s.get("/datasets", headers=bob).body.decode())
        self.assertEqual(put(self.s, "anns", b"date,close\n2024-01-02,9\n", bob).json()["code"], "dataset_name_taken")
        config = policy("dataset:anns")
        del config["data"]["price_source"]
        refused = self.s.post("/backtests", {"config": config}, headers=bob)
        self.assertEqual((refused.status, refused.json()["code"]), (400, "invalid_config"))
        self.assertEqual(refused.json()["errors"], [{"path": "data.price_path", "message": "there is no data set 'anns'"}])
        valid = self.s.post("/backtests/validate", {"config": config}, headers=KEYS["ann"]).json()
        self.assertRegex(valid["effective_config"]["data"]["price_path"], r"^dataset:anns@[0-9a-f]{16}$")
        self.assertEqual(self.s.get("/datasets/anns", headers=admin).json()["submitter"], "ann")
        self.assertEqual(self.s.delete("/datasets/anns", headers=KEYS["reader"]).status, 403)
        self.assertEqual(self.s.delete("/datasets/anns", headers=admin).status, 204)
        told = [(e["action"], e["caller"], e["detail"].split("@")[0]) for e in self.s.get("/audit", headers=admin).json()["events"]]
        self.assertIn(("put_dataset", "key:ann", "dataset:anns"), told)
        self.assertIn(("remove_dataset", "api_key", "dataset:anns"), told)

    def test_every_path_of_a_config(self):
        days = [f"2020-0{month}-{day:02}" for month in range(1, 4) for day in range(1, 29)]
        put(self.s, "px", self.prices.read_bytes())
        put(self.s, "w", ("date,symbol,weight\n" + "".join(f"{day},S{i},0.3\n" for day in ("2020-01-06", "2020-02-03") for i in range(3))).encode())
        put(self.s, "bench", ("date,close\n" + "".join(f"{day},{100 + i}\n" for i, day in enumerate(days))).encode())
        run_id, record = self.run_of("dataset:px", end_date="2020-03-31",
                                     strategy={"class": "TargetWeightsStrategy", "parameters": {"path": "dataset:w"}},
                                     benchmark={"path": "dataset:bench"}, metrics={"risk_free": {"path": "dataset:bench", "kind": "price"}})
        self.assertEqual(record["status"], "completed", record)
        effective = self.s.get(f"/backtests/{run_id}/config", headers=KEYS["ann"]).json()["effective_config"]
        for path in (effective["data"]["price_path"], effective["strategy"]["parameters"]["path"], effective["benchmark"]["path"],
                     effective["metrics"]["risk_free"]["path"]):
            self.assertRegex(path, r"^dataset:[a-z]+@[0-9a-f]{16}$")
        put(self.s, "sig", ("date,symbol,score\n" + "".join(f"{day},S{i},{i}\n" for day in days for i in range(6))).encode())
        config = policy("dataset:px", data={"price_path": "dataset:px", "signal_path": "dataset:sig"}, end_date="2020-03-31")
        record = self.ended(self.s.submit(config, headers=KEYS["ann"]))
        self.assertEqual(record["status"], "completed", record)
        for path, wrong in (("dataset:none", "there is no data set 'none'"), ("dataset:a b", "a data set is written")):
            refused = self.s.post("/backtests", {"config": policy(path, data={"price_path": path})}, headers=KEYS["ann"])
            self.assertEqual(refused.status, 400)
            self.assertIn(wrong, refused.json()["errors"][0]["message"])

    def test_a_data_set_stays_while_a_run_needs_it(self):
        worker_less = Service(BINARY, BACKTEST_ALLOW_DATASETS="true", BACKTEST_MAX_CONCURRENT="0").start()
        try:
            path = request(worker_less.address, "PUT", "/datasets/needed", body=self.prices.read_bytes()).json()["path"]
            run_id = worker_less.submit(policy("dataset:needed", data={"price_path": "dataset:needed"}))
            for name in ("needed", path.removeprefix("dataset:")):
                refused = worker_less.delete(f"/datasets/{name}")
                self.assertEqual((refused.status, refused.json()["code"]), (409, "dataset_in_use"))
                self.assertIn(run_id, refused.json()["detail"])
            others = [request(worker_less.address, "PUT", "/datasets/needed", body=f"date,close\n2024-01-02,{i}\n".encode()).json()["path"]
                      for i in range(2)]
            before = kept(worker_less, "content"), kept(worker_less, "entries")
            self.assertEqual(worker_less.delete("/datasets/needed").json()["code"], "dataset_in_use")
            self.assertEqual((kept(worker_less, "content"), kept(worker_less, "entries")), before, "409 removes nothing")
            self.assertEqual(worker_less.delete(f"/datasets/{others[0].removeprefix('dataset:')}").status, 204, "which no run needs")
            worker_less.post(f"/backtests/{run_id}/cancel")
            self.assertEqual(worker_less.delete("/datasets/needed").status, 204)
            self.assertEqual(len(kept(worker_less, "content")), 3, "young contents are left to gc")
            gc = subprocess.run([BINARY, "gc"], env={**worker_less.environment, "BACKTEST_GC_MIN_AGE_SECONDS": "0"},
                                capture_output=True, text=True, check=True)
            self.assertIn("removed 3 contents that no data set names", gc.stdout)
            self.assertEqual(kept(worker_less, "content"), [])
        finally:
            worker_less.stop()

    def test_whose_run_needs_a_data_set_is_told_to_who_may_read_it(self):
        owned = Service(BINARY, BACKTEST_ALLOW_DATASETS="true", BACKTEST_MAX_CONCURRENT="0", BACKTEST_ACCESS="own",
                        BACKTEST_AUTH_MODE="api_key", BACKTEST_API_KEY=KEYS["admin"]["X-API-Key"])
        owned.start()
        try:
            bob = new_key(owned, "bob", "read,write")
            wait_until_known(owned, bob)
            path = request(owned.address, "PUT", "/datasets/bobs", body=self.prices.read_bytes(), headers=bob).json()["path"]
            config = policy(path, data={"price_path": path})
            hidden = owned.submit(config, headers=KEYS["admin"])
            refused = owned.delete("/datasets/bobs", headers=bob)
            self.assertEqual((refused.status, refused.json()["code"]), (409, "dataset_in_use"))
            self.assertNotIn(hidden, refused.body.decode())
            self.assertIn("those of other callers", refused.json()["detail"])
            own = owned.submit(config, headers=bob)
            refused = owned.delete("/datasets/bobs", headers=bob)
            self.assertNotIn(hidden, refused.body.decode())
            self.assertIn(f"{own} and those of other callers", refused.json()["detail"])
            self.assertIn(hidden, owned.delete("/datasets/bobs", headers=KEYS["admin"]).json()["detail"])
        finally:
            owned.stop()

    def test_off_by_default_and_the_backup(self):
        off = Service(BINARY).start()
        try:
            for method, path in (("GET", "/datasets"), ("PUT", "/datasets/a"), ("DELETE", "/datasets/a"), ("GET", "/datasets/a/preview")):
                reply = request(off.address, method, path, body=b"date,close\n" if method == "PUT" else None)
                self.assertEqual((reply.status, reply.json()["code"]), (404, "datasets_off"))
                self.assertIn("BACKTEST_ALLOW_DATASETS", reply.json()["detail"])
            self.assertIs(off.get("/whoami").json()["datasets"], False)
            self.assertIs(self.s.get("/whoami", headers=KEYS["reader"]).json()["datasets"], True)
            refused = off.post("/backtests", {"config": policy("dataset:a", data={"price_path": "dataset:a"})})
            self.assertIn("BACKTEST_ALLOW_DATASETS", refused.json()["errors"][0]["message"])
        finally:
            off.stop()
        backup = self.s.directory / "backup"
        put(self.s, "backed.up", b"date,close\n2024-01-02,77\n")
        said = subprocess.run([BINARY, "backup", str(backup)], env=self.s.environment, capture_output=True, text=True)
        self.assertEqual(said.returncode, 0, said.stderr)
        other = Service(BINARY, **{**self.s.environment, "BACKTEST_OUTPUT_DIR": str(self.s.directory / "restored")})
        del other.environment["BACKTEST_LISTEN"]
        subprocess.run([BINARY, "restore", str(backup)], env=other.environment, check=True, capture_output=True)
        restored = self.s.directory / "restored"
        entries = kept(self.s, "entries")
        self.assertEqual(kept_in(restored, "entries"), entries)
        # What no entry names, such as the bytes of who lost a name to somebody else, is in no backup.
        named = {json.loads((self.s.directory / "results/.datasets/entries" / entry).read_text())["content"] for entry in entries}
        self.assertEqual(kept_in(restored, "content"), sorted(named))
        self.assertLessEqual(named, set(kept(self.s, "content")))

    def test_the_commands(self):
        environment = {**os.environ, "BACKTEST_URL": f"http://{self.s.address}", "BACKTEST_API_KEY": KEYS["bob"]["X-API-Key"]}

        def call(*arguments, status=0):
            done = subprocess.run([BINARY, "data", *arguments], env=environment, capture_output=True, text=True)
            self.assertEqual(done.returncode, status, done.stderr)
            return done.stdout if status == 0 else done.stderr

        file = self.s.directory / "eod.csv.gz"
        file.write_bytes(gzip.compress(self.prices.read_bytes()))
        path = call("put", str(file)).strip()
        self.assertRegex(path, r"^dataset:eod@[0-9a-f]{16}$")
        self.assertIn("eod", call("list"))
        shown = call("show", "eod")
        self.assertIn("1800 rows, 300 dates from 2020-01-01", shown)
        self.assertEqual(json.loads(call("show", "eod", "--json"))["path"], path)
        _, record = self.run_of("dataset:eod", "bob")
        self.assertEqual(record["status"], "completed", record)
        self.assertIn("no data set none", call("show", "none", status=2))
        self.assertIn("--name", call("put", str(self.s.directory / "a b.csv"), status=2))
        call("rm", path.removeprefix("dataset:"))
        self.assertNotIn("eod", call("list"))


if __name__ == "__main__":
    BINARY = script.options().binary
    unittest.main()
