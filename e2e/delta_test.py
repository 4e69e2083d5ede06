#!/usr/bin/env python3
"""Delta tables as deltalake writes them, in local directories: each reads as the file with the same rows."""
import json
import pathlib
import subprocess
import tempfile
import unittest

import script
from service import policy, write_market

ROOT = pathlib.Path(__file__).resolve().parents[1]
WRITER = ROOT / ".deps" / "delta" / "bin" / "python3"
BINARY = None
SAME = ("dates.delta", "naive", "zoned", "months", "symbols", "history", "schema_overwrite", "deleted", "merged", "checkpoint",
        "compacted", "later_commits")


class Delta(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="backtest-delta-"))
        cls.prices = write_market(cls.directory)
        subprocess.run([WRITER, ROOT / "e2e" / "delta_tables.py", cls.prices, cls.directory / "tables"], check=True)
        cls.expected = cls.run_config(policy(str(cls.prices)))["summary"]

    @classmethod
    def run_config(cls, config, status=0):
        path = cls.directory / "config.json"
        path.write_text(json.dumps(config))
        done = subprocess.run([BINARY, "run", path, "--json", "--quiet", "--output-dir", cls.directory / "results"],
                              capture_output=True, text=True, cwd=cls.directory)
        assert done.returncode == status, f"{config['data']}: {done.returncode} {done.stderr}"
        return json.loads(done.stdout) if status == 0 else done.stderr

    def summary(self, table, **data):
        config = policy(str(self.directory / "tables" / table))
        config["data"].update(data)
        return self.run_config(config)["summary"]

    def test_each_table_gives_the_result_of_the_file(self):
        for table in SAME:
            with self.subTest(table):
                self.assertEqual(self.summary(table)["result_sha256"], self.expected["result_sha256"])

    def test_a_column_that_came_later_is_missing_before(self):
        self.assertGreater(self.summary("schema_merge")["trades"], 0)

    def test_partitions_by_day_are_read_for_the_days_asked_for(self):
        table = policy(str(self.directory / "tables" / "days"), start_date="2020-01-06", end_date="2020-01-31")
        file = policy(str(self.prices), start_date="2020-01-06", end_date="2020-01-31")
        self.assertEqual(*(self.run_config(config)["summary"]["result_sha256"] for config in (table, file)))

    def test_an_older_version_is_read_as_it_was_and_stays_so(self):
        first = self.summary("history", delta_version=0)
        self.assertNotEqual(first["result_sha256"], self.expected["result_sha256"])
        self.assertEqual(first["data_fingerprint"], self.summary("history", delta_version=0)["data_fingerprint"])
        newest = self.summary("history")
        self.assertEqual(newest["data_fingerprint"], self.summary("history", delta_version=2)["data_fingerprint"])

    def test_what_is_not_there_is_named(self):
        config = policy(str(self.directory / "tables" / "history"))
        config["data"]["delta_version"] = 99
        self.assertIn("99", self.run_config(config, status=2))
        config = policy(str(self.prices))
        config["data"]["delta_version"] = 0
        self.assertIn("no Delta table", self.run_config(config, status=2))


if __name__ == "__main__":
    BINARY = script.options().binary
    unittest.main(verbosity=2)
