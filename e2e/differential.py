"""What the tests share that compare `backtest run` with a second implementation on random cases."""
import argparse
import csv
import json
import pathlib
import subprocess
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor

BINARY, SEED, CASES = None, 1, 300
SYMBOLS = ["AA", "BB", "CC", "DD", "NA", "ON", "0700"]


def some(chance, options):
    """Each option with probability 0.35, at one of its values."""
    return {key: chance.choice(values) for key, values in options.items() if chance.random() < 0.35}


def write_table(path, header, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def run_config(config, directory):
    """Runs it into out/run. None, or how it failed."""
    (directory / "config.json").write_text(json.dumps(config))
    done = subprocess.run([BINARY, "run", "config.json", "--quiet", "--run-id", "run", "--output-dir", "out"],
                          cwd=directory, capture_output=True, text=True)
    return None if done.returncode == 0 else f"exit {done.returncode}: {done.stderr}"


class Artifacts:
    """What such a run says, dates as positions in `dates`."""

    def __init__(self, directory, dates):
        self.out = directory / "out" / "run"
        self.bar_of = {str(date): index for index, date in enumerate(dates)}
        self.fills = [(self.bar_of[r["execution_date"]], r["symbol"],
                       *(float(r[k]) for k in ("quantity", "price", "commission"))) for r in self.rows("trades.csv")]
        self.rejects = [(self.bar_of[r["date"]], r["symbol"], r["reason"], float(r["executed_quantity"]))
                        for r in self.rows("rejects.csv") if r["reason"] != "expired"]
        self.bars = [(float(r["portfolio_value"]), float(r["cash"])) for r in self.rows("daily_metrics.csv")]

    def rows(self, name):
        return list(csv.DictReader((self.out / name).read_text().splitlines()))

    def json(self, name):
        return json.loads((self.out / name).read_text())


def equal(one, other):
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-9 * max(1.0, abs(one), abs(other))
    return one == other


def first_difference(name, product, model):
    for index in range(max(len(product), len(model))):
        one = product[index] if index < len(product) else None
        other = model[index] if index < len(model) else None
        if one is None or other is None or not all(map(equal, one, other)):
            return f"{name} {index}: product {one}, model {other}"
    return None


def assert_all_agree(test, differences):
    """`differences(seed)` is empty for every seed."""
    with ThreadPoolExecutor(2) as pool:
        seeds = range(SEED, SEED + CASES)
        wrong = {seed: found for seed, found in zip(seeds, pool.map(differences, seeds)) if found}
    test.assertEqual({}, wrong)


def main():
    """Runs the tests of the script that calls it, on --binary, for the seeds from --seed on."""
    global BINARY, SEED, CASES
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--cases", type=int, default=CASES)
    options, rest = parser.parse_known_args()
    BINARY, SEED, CASES = str(pathlib.Path(options.binary).resolve()), options.seed, options.cases
    unittest.main(argv=sys.argv[:1] + rest)
