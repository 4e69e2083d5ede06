#!/usr/bin/env python3
"""docs/coming-from.md beside what backtrader and zipline compute of the same market, day by day. Their numbers lie in
peer_numbers/, beside the programs that made them."""
import csv
import json
import pathlib
import subprocess
import tempfile
import unittest

import script

BINARY = None
HERE = pathlib.Path(__file__).resolve().parent / "peer_numbers"
SHARES = ["ALFA", "BRAV", "CHAR"]  # without actions, which backtrader does not know


def table(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


class PeerNumbers(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def days_of(self, symbols, targets, broker):
        """daily_metrics of a run that follows targets: rows of a date and a weight per symbol."""
        with open(self.directory / "targets.csv", "w", newline="") as file:
            csv.writer(file).writerows([["date", *symbols], *targets])
        config = {"start_date": "2018-01-02", "end_date": "2018-12-31", "initial_cash": 1_000_000.0,
                  "universe": {"symbols": symbols}, "data": {"price_path": str(HERE / "prices.csv")}, "broker": broker,
                  "strategy": {"class": "TargetWeightsStrategy",
                               "parameters": {"path": str(self.directory / "targets.csv")}}}
        (self.directory / "config.json").write_text(json.dumps(config))
        done = subprocess.run([BINARY, "run", str(self.directory / "config.json"), "--quiet", "--run-id", "run",
                               "--output-dir", str(self.directory)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return table(self.directory / "run" / "daily_metrics.csv")

    def assert_equal_navs(self, ours, theirs, bound):
        self.assertEqual(len(ours), len(theirs))
        worst = max(abs(a / b - 1.0) for a, b in zip(ours, theirs))
        print(f"{self.id().split('.')[-1]}: {len(ours)} days, largest relative difference {worst:.1e}")
        self.assertLessEqual(worst, bound)

    def backtrader_days(self, fill_policy):
        targets = [[row["date"], *(row[name] for name in SHARES)] for row in table(HERE / "targets.csv")]
        return self.days_of(SHARES, targets, {"commission": 0.001, "fill_policy": fill_policy})

    def test_backtrader_at_the_close_of_the_decision(self):
        # backtrader books a fill at the close when the next bar begins: the NAV of its day is before its costs.
        ours = [float(day["portfolio_value"]) + float(day["commission"]) for day in self.backtrader_days("same_close")]
        self.assert_equal_navs(ours, [float(row["cheat_on_close"]) for row in table(HERE / "backtrader.csv")], 1e-12)

    def test_backtrader_at_the_next_open(self):
        ours = [float(day["portfolio_value"]) for day in self.backtrader_days("next_open")]
        self.assert_equal_navs(ours, [float(row["cheat_on_open"]) for row in table(HERE / "backtrader.csv")], 1e-12)

    def test_zipline_from_its_positions(self):
        prices = {(row["date"], row["symbol"]): row for row in table(HERE / "prices.csv")}
        days = table(HERE / "zipline.csv")
        symbols = [name for name in days[0] if name not in ("date", "nav")]
        targets = []
        for before, after in zip(days, days[1:]):
            day = [prices[after["date"], name] for name in symbols]
            old = [float(before[name]) * float(row["split"] or 1) for name, row in zip(symbols, day)]
            new = [float(after[name]) for name in symbols]
            close = [float(row["close"]) for row in day]
            if new == old:
                continue
            costs = sum(abs(n - o) * (0.001 + price * 5e-4) for n, o, price in zip(new, old, close))
            nav = float(after["nav"]) + costs  # what the fills divided
            targets.append([before["date"], *(repr(n * price / nav) for n, price in zip(new, close))])
        self.assertEqual(len(targets), 11)
        broker = {"fill_policy": "next_close", "commission_per_share": 0.001, "slippage_bps": 5,
                  "max_participation_rate": 0.1, "allow_fractional_shares": False, "rounding_mode": "nearest"}
        ours = [float(day["portfolio_value"]) for day in self.days_of(symbols, targets, broker)]
        self.assert_equal_navs(ours, [float(row["nav"]) for row in days], 1e-12)


if __name__ == "__main__":
    BINARY = script.options().binary
    unittest.main()
