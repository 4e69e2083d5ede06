#!/usr/bin/env python3
"""Seventeen US instruments, 1998 to 2021, where the data lie beside the checkout: adjusted bars against raw bars with
actions, and an end of an instrument that is a delisting."""
import csv
import datetime
import gzip
import json
import math
import pathlib
import subprocess
import tempfile
import unittest

import script

DATA = pathlib.Path(__file__).resolve().parents[2] / "shared" / "data"
BINARY = None
FIELDS = ["open", "high", "low", "close"]


def table(name):
    with gzip.open(DATA / name, "rt", newline="") as file:
        return list(csv.DictReader(file))


def actions():
    found = {}
    for row in table("us_equities_actions.csv.gz"):
        found.setdefault((row["date"], row["symbol"]), {})[row["kind"]] = float(row["value"])
    return found


def write(path, rows, columns):
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def run(directory, prices, **changes):
    config = {"start_date": "1998-01-02", "end_date": "2021-03-31", "initial_cash": 1000000.0,
              "universe": {"symbols": "all"}, "data": {"price_path": str(prices), "max_gap_bars": 20},
              "strategy": {"class": "StaticUniverseStrategy", "parameters": {"rebalance": "monthly", "redistribute": True}},
              "sizing": {"class": "EqualWeightSizer", "parameters": {"max_positions": 40}}, **changes}
    path = directory / f"{prices.stem}.json"
    path.write_text(json.dumps(config))
    done = subprocess.run([BINARY, "run", str(path), "--run-id", prices.stem, "--quiet", "--json", "--output-dir",
                           str(directory / "runs")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return directory / "runs" / prices.stem


def rows_of(run_directory, name):
    with open(run_directory / name, newline="") as file:
        return list(csv.DictReader(file))


def nav(run_directory):
    return {row["date"]: float(row["portfolio_value"]) for row in rows_of(run_directory, "daily_metrics.csv")}


@unittest.skipUnless(DATA.is_dir(), "no market data beside this checkout")
class RealData(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.directory = pathlib.Path(cls.temporary.name)
        cls.raw = table("us_equities_raw.csv.gz")
        cls.actions = actions()

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def raw_with(self, kinds, name):
        """Raw bars with split and dividend columns of the given kinds."""
        rows = []
        for row in self.raw:
            found = self.actions.get((row["date"], row["symbol"]), {})
            rows.append({**row, **{kind: found.get(kind, "") if kind in kinds else "" for kind in ("split", "dividend")}})
        path = self.directory / f"{name}.csv"
        write(path, rows, ["date", "symbol", *FIELDS, "volume", "split", "dividend"])
        return path

    def adjusted(self, dividends, name):
        """Raw bars divided by every later split, and by the price factor of every later dividend."""
        factor, rows, following = {}, [], {}
        for row in sorted(self.raw, key=lambda r: (r["symbol"], r["date"]), reverse=True):
            symbol = row["symbol"]
            split_after, price_after = factor.setdefault(symbol, [1.0, 1.0])
            # The action of the next bar divides this bar.
            action = following.get(symbol)
            if action:
                split = action.get("split", 1.0)
                split_after *= split
                if dividends and "dividend" in action:
                    price_after *= 1.0 - action["dividend"] * split / float(row["close"])
                factor[symbol] = [split_after, price_after]
            following[symbol] = self.actions.get((row["date"], symbol), {})
            scale = price_after / split_after
            rows.append({**row, **{field: float(row[field]) * scale for field in FIELDS},
                         "volume": float(row["volume"]) * split_after})
        rows.sort(key=lambda r: (r["date"], r["symbol"]))
        path = self.directory / f"{name}.csv"
        write(path, rows, ["date", "symbol", *FIELDS, "volume"])
        return path

    def test_splits_alone_give_the_nav_of_split_adjusted_bars(self):
        raw = nav(run(self.directory, self.raw_with({"split"}, "raw-splits")))
        adjusted = nav(run(self.directory, self.adjusted(False, "adjusted-splits")))
        self.assertEqual(raw.keys(), adjusted.keys())
        worst = max(abs(raw[date] / adjusted[date] - 1.0) for date in raw)
        print(f"splits: worst relative difference of NAV {worst:.1e} over {len(raw)} bars")
        self.assertLess(worst, 1e-5)

    def test_dividends_differ_by_the_drag_of_cash_that_waits(self):
        raw_run = run(self.directory, self.raw_with({"split", "dividend"}, "raw-dividends"))
        adjusted_path = self.adjusted(True, "adjusted-dividends")
        raw, adjusted = nav(raw_run), nav(run(self.directory, adjusted_path))
        with open(adjusted_path, newline="") as file:
            close = {(row["date"], row["symbol"]): float(row["close"]) for row in csv.DictReader(file)}
        years = (datetime.date(2021, 3, 31) - datetime.date(1998, 1, 2)).days / 365.25
        difference = math.log(list(adjusted.values())[-1] / list(raw.values())[-1])
        explained = self.drag(raw_run, raw, close)
        print(f"dividends: adjusted ahead by {1e4 * difference / years:.2f} bp a year, drag of waiting cash explains "
              f"{1e4 * explained / years:.2f}")
        self.assertGreater(abs(difference) / years, 1e-5)
        self.assertLess(abs(difference - explained) / years, 1e-4)

    def drag(self, raw_run, raw, close):
        """Log growth that the dividends of each holding would have earned in it until the next rebalance."""
        trades = {}
        for row in rows_of(raw_run, "trades.csv"):
            trades.setdefault(row["execution_date"], []).append((row["symbol"], float(row["quantity"])))
        shares, waiting, last_close, growth, before = {}, {}, {}, 0.0, None
        for date in raw:
            if before:
                earned = 0.0
                for symbol, cash in waiting.items():
                    here = close.get((date, symbol))
                    if here is None:
                        continue
                    move = here / last_close[symbol] - 1.0
                    earned += cash * move
                    waiting[symbol] = cash * (1.0 + move)
                growth += math.log1p(earned / raw[before])
            for symbol in list(shares):
                action = self.actions.get((date, symbol), {})
                shares[symbol] *= action.get("split", 1.0)
                if "dividend" in action:
                    waiting[symbol] = waiting.get(symbol, 0.0) + shares[symbol] * action["dividend"]
            if len(trades.get(date, [])) > 3:  # a rebalance puts the cash to work
                waiting.clear()
            for symbol, quantity in trades.get(date, []):
                shares[symbol] = shares.get(symbol, 0.0) + quantity
            for key, value in close.items() if before is None else ():
                last_close.setdefault(key[1], value)
            for symbol in shares:
                if (date, symbol) in close:
                    last_close[symbol] = close[date, symbol]
            before = date
        return growth

    def test_the_end_of_washington_mutual_is_a_delisting(self):
        path = self.raw_with({"split", "dividend"}, "raw-delisting")
        fills = [row for row in rows_of(run(self.directory, path), "trades.csv") if row["symbol"] == "WM"]
        self.assertEqual(fills[-1]["reason"], "delisted")
        self.assertGreater(fills[-1]["execution_date"], "2008-09-26")
        self.assertLess(float(fills[-1]["quantity"]), 0.0)


if __name__ == "__main__":
    BINARY = script.options().binary
    unittest.main(verbosity=2)
