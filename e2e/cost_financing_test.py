#!/usr/bin/env python3
"""broker.cost_financing beside the NAV that other tools compute of the same prices and targets: each_order as bt 1.4.1,
cash_capped as vectorbt 1.2.0, and margin and self_financing as their definitions. The numbers are golden ones that lie
beside the checkout; without them the test says so and is skipped."""
import csv
import gzip
import pathlib
import subprocess
import tempfile
import unittest

import script

BINARY = None
GOLDEN = pathlib.Path(__file__).resolve().parent.parent.parent / "shared" / "golden" / "cost_financing"
COLUMN_OF = {"each_order": "bt", "cash_capped": "vbt", "margin": "product", "self_financing": "self"}


def table(path):
    with gzip.open(path, "rt", newline="") as file:
        return list(csv.DictReader(file))


def navs_of(case, rule, directory):
    prices = table(case.with_name(case.name + ".px.csv.gz"))
    symbols = [name for name in prices[0] if name != "date"]
    config = directory / f"{rule}.yaml"
    config.write_text(f"""
start_date: {prices[0]["date"]}
end_date: {prices[-1]["date"]}
initial_cash: 1000000
universe: {{symbols: {symbols}}}
data: {{price_path: {case}.px.csv.gz, layout: wide}}
strategy: {{class: TargetWeightsStrategy, parameters: {{path: {case}.targets.csv.gz}}}}
broker: {{commission: 0.001, fill_policy: same_close, cost_financing: {rule}}}
""")
    done = subprocess.run([BINARY, "run", str(config), "--quiet", "--run-id", rule, "--output-dir", str(directory)],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    with open(directory / rule / "daily_metrics.csv", newline="") as file:
        return {row["date"]: float(row["portfolio_value"]) for row in csv.DictReader(file)}


class CostFinancingTest(unittest.TestCase):
    @unittest.skipUnless(GOLDEN.is_dir(), f"no golden numbers at {GOLDEN}")
    def test_equals_what_other_tools_compute(self):
        cases = sorted(GOLDEN.glob("*.peer.csv.gz"))
        self.assertTrue(cases)
        for peer in cases:
            case = peer.with_name(peer.name.removesuffix(".peer.csv.gz"))
            expected = table(peer)
            for rule, column in COLUMN_OF.items():
                with self.subTest(case=case.name, rule=rule), tempfile.TemporaryDirectory() as directory:
                    navs = navs_of(case, rule, pathlib.Path(directory))
                    worst = max(abs(navs[row["Date"]] / float(row[column]) - 1) for row in expected)
                    self.assertEqual(len(navs), len(expected))
                    self.assertLessEqual(worst, 1e-12)
                    print(f"{case.name} {rule}: {len(expected)} days, largest relative difference {worst:.1e}")


if __name__ == "__main__":
    BINARY = script.options().binary
    unittest.main()
