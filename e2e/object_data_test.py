#!/usr/bin/env python3
"""Market data in object storage, on Azurite: files, directories and Delta tables read as local files do; the loader has
the account's key, the process of a run has not; a place that is not allowed is refused."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

import service
from azurite import ACCOUNT, KEY, Azurite
from replicas import children_by_command, wait_until
import script
from service import Service, policy, write_market

ROOT = pathlib.Path(__file__).resolve().parents[1]
WRITER = ROOT / ".deps" / "delta" / "bin" / "python3"
BINARY = None
TABLES = ("dates.delta", "naive", "zoned", "months", "symbols", "history", "schema_overwrite", "deleted", "merged",
          "checkpoint", "compacted", "later_commits")

# In the Python of the writer: the file as CSV and as two Parquet files, and Delta tables that were written locally; the
# emulator lists in a way that deltalake's third commit to a table does not survive.
UPLOAD = """
import pathlib, sys
import pyarrow.csv, pyarrow.fs, pyarrow.parquet
port, key, source, tables = sys.argv[1:]
host = f"127.0.0.1:{port}"
store = pyarrow.fs.AzureFileSystem("devstoreaccount1", account_key=key, blob_storage_authority=host,
                                   dfs_storage_authority=host, blob_storage_scheme="http", dfs_storage_scheme="http")
for container in ("market", "secret"):
    store.create_dir(container)
prices = pyarrow.csv.read_csv(source)
with store.open_output_stream("market/prices.csv") as file:
    file.write(open(source, "rb").read())
half = prices.num_rows // 2
pyarrow.parquet.write_table(prices.slice(0, half), "market/parts/a.parquet", filesystem=store, row_group_size=500)
pyarrow.parquet.write_table(prices.slice(half), "market/parts/b.parquet", filesystem=store)
for path in pathlib.Path(tables).rglob("*"):
    if path.is_file():
        with store.open_output_stream(f"market/tables/{path.relative_to(tables)}") as file:
            file.write(path.read_bytes())
"""


class ObjectData(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.azurite = Azurite()
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="backtest-objects-"))
        cls.prices = write_market(cls.directory)
        tables = cls.directory / "tables"
        subprocess.run([WRITER, ROOT / "e2e" / "delta_tables.py", cls.prices, tables], check=True)
        subprocess.run([WRITER, "-c", UPLOAD, str(cls.azurite.port), KEY, cls.prices, tables], check=True)
        cls.environment = {"AZURE_STORAGE_CONNECTION_STRING": cls.azurite.connection_string,
                           "BACKTEST_ADLS_CONTAINER_ALLOWLIST": "market"}
        cls.expected = cls.run_config(policy(str(cls.prices)))["summary"]

    @classmethod
    def tearDownClass(cls):
        cls.azurite.stop()

    def setUp(self):
        self.service = None

    def tearDown(self):
        if self.service and self.service.process and self.service.process.poll() is None:
            self.service.kill()

    @classmethod
    def run_config(cls, config, status=0):
        path = cls.directory / "config.json"
        path.write_text(json.dumps(config))
        done = subprocess.run([BINARY, "run", path, "--json", "--quiet", "--output-dir", cls.directory / "results"],
                              capture_output=True, text=True, cwd=cls.directory,
                              env={"PATH": "/usr/bin:/bin", **cls.environment})
        assert done.returncode == status, f"{config['data']}: {done.returncode} {done.stderr}"
        assert KEY not in done.stdout + done.stderr
        return json.loads(done.stdout) if status == 0 else done.stderr

    def config(self, path, source="ADLS", **changes):
        config = policy(path, **changes)
        config["data"]["price_source"] = source
        return config

    def sha256(self, config):
        return self.run_config(config)["summary"]["result_sha256"]

    def test_files_and_directories_give_the_result_of_the_local_file(self):
        for path in ("market/prices.csv", "market/parts", "market/parts/*.parquet"):
            with self.subTest(path):
                self.assertEqual(self.sha256(self.config(path)), self.expected["result_sha256"])
        url = f"abfss://market@{ACCOUNT}.dfs.core.windows.net/parts"
        self.assertEqual(self.sha256(self.config(url, source="auto")), self.expected["result_sha256"])

    def test_delta_tables_give_the_result_of_the_local_file(self):
        for table in TABLES:
            with self.subTest(table):
                self.assertEqual(self.sha256(self.config(f"market/tables/{table}")), self.expected["result_sha256"])

    def test_a_fixed_version_stays_what_it_was(self):
        config = self.config("market/tables/history")
        config["data"]["delta_version"] = 0
        first, again = (self.run_config(config)["summary"] for _ in range(2))
        self.assertEqual(first["data_fingerprint"], again["data_fingerprint"])
        self.assertNotEqual(first["result_sha256"], self.expected["result_sha256"])

    def test_what_is_not_there_or_not_allowed_is_refused(self):
        for path, word in (("market/absent.csv", "does not exist"), ("secret/prices.csv", "secret"),
                           ("abfss://market@elsewhere.dfs.core.windows.net/parts", "elsewhere")):
            with self.subTest(path):
                self.assertIn(word, self.run_config(self.config(path, source="auto" if "://" in path else "ADLS"), status=2))

    def test_a_run_of_the_service_reads_it_by_its_loader(self):
        self.service = Service(BINARY, **self.environment)
        s = self.service.start()
        for path in ("market/parts", "market/tables/months"):
            record = s.wait_terminal(s.submit(self.config(path)))
            self.assertEqual(record["status"], "completed", record)
            summary = s.get(f"/backtests/{record['run_id']}/summary").json()
            self.assertEqual(summary["result_sha256"], self.expected["result_sha256"])
        self.assertEqual(s.post("/backtests", {"config": self.config("secret/prices.csv")}).status, 400)
        self.assertNotIn(KEY, s.log_text())

    def loader_of(self, config):
        """The process that reads for a run, held in its middle, and its environment."""
        self.service.submit(config)

        def held():
            for child in children_by_command(self.service.process.pid, "load"):
                try:
                    os.kill(child, signal.SIGSTOP)
                    return child, pathlib.Path(f"/proc/{child}")
                except ProcessLookupError:
                    continue

        child, process = wait_until(held, what="a loader")
        environment = dict(pair.split("=", 1) for pair in process.joinpath("environ").read_text().split("\0") if pair)
        return child, environment

    def test_the_loader_has_the_credential_of_its_source_and_no_other(self):
        others = {"AZURE_CLIENT_SECRET": "canary-of-identity", "AWS_SECRET_ACCESS_KEY": "canary-of-s3",
                  "AWS_ACCESS_KEY_ID": "canary-of-s3", "BACKTEST_ADLS_ALLOWED_ACCOUNTS": "other",
                  "BACKTEST_ADLS_ACCOUNT_OTHER_KEY": "Y2FuYXJ5", "BACKTEST_DATA_POSTGRES_DSN": "password=canary-of-sql"}
        self.service = Service(BINARY, **self.environment, **others).start()
        self.azurite.process.send_signal(signal.SIGSTOP)
        self.addCleanup(self.azurite.process.send_signal, signal.SIGCONT)
        child, environment = self.loader_of(self.config("market/parts"))
        self.assertEqual({name for name in environment if name in self.service.environment}, {"PATH"})
        self.assertEqual(environment["PATH"], "/usr/bin:/bin")
        os.kill(child, signal.SIGCONT)
        wait_until(lambda: KEY.encode() in memory_of(child), what="the key of its source in the loader")
        held = memory_of(child)
        self.assertEqual([secret for secret in others.values() if secret != "other" and secret.encode() in held], [])
        self.assertNotIn(KEY.encode(), pathlib.Path(f"/proc/{child}/cmdline").read_bytes())

    def test_azures_command_line_is_found_by_the_loader_and_has_its_home(self):
        tools = self.directory / "tools"
        tools.mkdir()
        az = tools / "az"
        az.write_text(f"#!/bin/sh\necho \"$HOME\" > {tools}/home\nsleep 2\nexit 1\n")
        az.chmod(0o755)
        self.service = Service(BINARY, AZURE_STORAGE_ACCOUNT_NAME=ACCOUNT, BACKTEST_AZURE_CREDENTIAL="cli",
                               AZURE_STORAGE_BLOB_ENDPOINT=self.azurite.endpoint, BACKTEST_ADLS_CONTAINER_ALLOWLIST="market")
        self.service.environment["PATH"] = f"{tools}:{self.service.environment['PATH']}"
        self.service.start()
        child, environment = self.loader_of(self.config("market/parts"))
        self.assertEqual({name: environment[name] for name in ("HOME", "PATH")},
                         {name: self.service.environment[name] for name in ("HOME", "PATH")})
        os.kill(child, signal.SIGCONT)
        home = tools / "home"
        said = wait_until(lambda: home.exists() and home.read_text().strip(), what="a call of az")
        self.assertEqual(said, self.service.environment["HOME"])


def memory_of(pid):
    """What of a process's own memory can be read."""
    held = b""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, permissions, *_ = line.split()
            begin, end = (int(word, 16) for word in span.split("-"))
            if permissions.startswith("rw") and end - begin < 1 << 26:
                try:
                    memory.seek(begin)
                    held += memory.read(end - begin)
                except (OSError, OverflowError):
                    continue
    return held


if __name__ == "__main__":
    BINARY = script.options().binary
    unittest.main(verbosity=2)
