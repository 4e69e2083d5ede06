#!/usr/bin/env python3
"""Files as pandas, polars, DuckDB and pyarrow write them: each reads equal to the plain one, or is refused with the
remedy. And each artifact of a run loads in one line in the three."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import script

ROOT = pathlib.Path(__file__).resolve().parents[1]
READERS = ROOT / ".deps" / "readers" / "bin" / "python3"
PANDAS_2 = ROOT / ".deps" / "pandas2" / "bin" / "python3"
BINARY = None

# In the Python of the readers: how each loads a file, and what its dates are.
LOADS = """
import pathlib, sys
import duckdb, pandas as pd, polars as pl

directory = pathlib.Path(sys.argv[1])
for path in sorted(directory.rglob("*")):
    name = str(path)
    if path.suffix == ".parquet":
        frames = {"pandas": pd.read_parquet(name), "polars": pl.read_parquet(name).to_pandas(),
                  "duckdb": duckdb.sql(f"select * from '{name}'").df()}
        for column in pl.read_parquet_schema(name):
            if column.endswith("date"):
                assert pl.read_parquet_schema(name)[column] == pl.Date, (name, column)
                kind = duckdb.sql(f"select typeof({column}) from '{name}' limit 1").fetchall()
                assert kind in ([], [("DATE",)]), (name, column, kind)
    elif path.suffix == ".csv":
        frames = {"pandas": pd.read_csv(name), "polars": pl.read_csv(name, infer_schema_length=None).to_pandas(),
                  "duckdb": duckdb.sql(f"select * from read_csv('{name}', header = true)").df()}
    elif path.suffix == ".json":
        frames = {}
        assert len(pd.read_json(name, typ="series", convert_dates=False)) >= 0
        assert duckdb.sql(f"select count(*) from read_json('{name}', maximum_object_size = 100000000)").fetchall()
    else:
        continue
    shapes = {tool: frame.shape for tool, frame in frames.items()}
    assert len(set(shapes.values())) <= 1, (name, shapes)
    print(path.relative_to(directory), *shapes.values())
"""


class Corpus:
    """Files of one environment's writers, each read as the plain one or refused with its remedy."""
    WRITERS = None
    FEWEST = 0

    @classmethod
    def setUpClass(cls):
        assert cls.WRITERS.exists(), "the writers are not there; ./dev setup installs them"
        cls.directory = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        subprocess.run([cls.WRITERS, ROOT / "e2e" / "data_file_corpus.py", cls.directory], check=True)
        cls.cases = json.loads((cls.directory / "cases.json").read_text())
        cls.fingerprints = {}

    def run_on(self, name, symbols, data, **changes):
        """The fingerprint of the loaded panel, or what was said instead."""
        fill_policy = "next_close" if data.get("layout") == "wide" else "next_open"
        config = {"start_date": "2024-01-01", "end_date": "2024-01-31", "universe": {"symbols": symbols}, "data": data,
                  "strategy": {"class": "StaticUniverseStrategy", "parameters": {"rebalance": "annually"}},
                  "broker": {"fill_policy": fill_policy}, **changes}
        path = self.directory / "config.json"
        path.write_text(json.dumps(config))
        run_id = f"run-{len(list((self.directory / 'runs').glob('*')))}"
        done = subprocess.run([BINARY, "run", path.name, "--run-id", run_id, "--quiet", "--output-dir", "runs"],
                              cwd=self.directory, capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            self.assertEqual(done.returncode, 2, f"{name}: {done.stderr}")
            return None, done.stderr
        summary = json.loads((self.directory / "runs" / run_id / "summary.json").read_text())
        return summary["data_fingerprint"], done.stderr

    def plain(self, name):
        if name not in self.fingerprints:
            layout = {"layout": "wide"} if name.startswith("wide") else {}
            self.fingerprints[name], said = self.run_on(name, ["AAA", "BBB"], {"price_path": name, **layout})
            self.assertIsNotNone(self.fingerprints[name], said)
        return self.fingerprints[name]

    def test_each_reads_as_the_plain_one_or_is_refused_with_its_remedy(self):
        self.assertGreaterEqual(len(self.cases), self.FEWEST)
        for case in self.cases:
            with self.subTest(case["name"], data=case["data"]):
                fingerprint, said = self.run_on(case["name"], case["symbols"], case["data"])
                if "equal" in case:
                    self.assertIsNotNone(fingerprint, said)
                    self.assertEqual(fingerprint, self.plain(case["equal"]), said)
                else:
                    self.assertIsNone(fingerprint, "was read")
                    self.assertIn(case["refused"], said)


class FilesOfPandas2(Corpus, unittest.TestCase):
    WRITERS = PANDAS_2
    FEWEST = 70


class DataFiles(Corpus, unittest.TestCase):
    WRITERS = READERS
    FEWEST = 100

    def test_artifacts_load_in_one_line(self):
        fingerprint, said = self.run_on("long.csv", ["AAA", "BBB"], {"price_path": "long.csv"},
                                        benchmark={"symbol": "AAA"})
        self.assertIsNotNone(fingerprint, said)
        newest = max((self.directory / "runs").iterdir(), key=lambda path: path.stat().st_mtime)
        loaded = subprocess.run([READERS, "-c", LOADS, newest], capture_output=True, text=True)
        self.assertEqual(loaded.returncode, 0, loaded.stderr)
        for name in ["trades.parquet", "daily_positions.parquet", "metrics_timeseries.parquet",
                     "metrics_rolling.parquet", "summary.parquet", "trades.csv", "daily_metrics.csv", "summary.json"]:
            if not name.endswith("json"):
                self.assertIn(name, loaded.stdout)
            self.assertTrue((newest / name).exists(), name)


if __name__ == "__main__":
    BINARY = script.options().binary
    unittest.main()
