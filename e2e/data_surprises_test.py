#!/usr/bin/env python3
"""Files that other tools write and other readers misread without a word: what a run makes of each, and what it says."""
import csv
import datetime
import json
import pathlib
import subprocess
import tempfile
import unittest

import script

ROOT = pathlib.Path(__file__).resolve().parents[1]
READERS = ROOT / ".deps" / "readers" / "bin" / "python3"
BINARY = None
FIRST = datetime.date(2024, 3, 1)
BUY = {"class": "StaticUniverseStrategy", "parameters": {"rebalance": "annually"}}
CLOSES = {"fill_policy": "next_close"}


def weekdays(count, first=FIRST):
    days = (first + datetime.timedelta(days=n) for n in range(count * 2 + 7))
    return [day for day in days if day.weekday() < 5][:count]


class Outcome:
    def __init__(self, done, directory):
        self.said = done.stderr
        self.status = done.returncode
        if self.status == 0:
            self.summary = json.loads((directory / "summary.json").read_text())
            self.warnings = "\n".join(self.summary["warnings"])
            with open(directory / "daily_metrics.csv", newline="") as file:
                self.bars = list(csv.DictReader(file))
            with open(directory / "trades.csv", newline="") as file:
                self.fills = [(row["execution_date"], row["symbol"], float(row["quantity"]), row["reason"])
                              for row in csv.DictReader(file)]


class DataSurprises(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.runs = 0

    def write(self, name, lines):
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n")

    def write_frames(self, code):
        assert READERS.exists(), "pandas is not there; ./dev setup installs it"
        subprocess.run([READERS, "-c", "import pandas as pd, numpy as np\n" + code], cwd=self.directory, check=True)

    def run_config(self, data, strategy=None, symbols="all", **changes):
        config = {"start_date": "2024-03-01", "end_date": "2024-06-30", "initial_cash": 1000.0,
                  "universe": {"symbols": symbols}, "data": data, "strategy": strategy or BUY, **changes}
        (self.directory / "config.json").write_text(json.dumps(config))
        self.runs += 1
        run_id = f"run-{self.runs}"
        done = subprocess.run([BINARY, "run", "config.json", "--run-id", run_id, "--quiet", "--output-dir", "runs"],
                              cwd=self.directory, capture_output=True, text=True, timeout=60)
        return Outcome(done, self.directory / "runs" / run_id)

    def finished(self, *arguments, **changes):
        outcome = self.run_config(*arguments, **changes)
        self.assertEqual(outcome.status, 0, outcome.said)
        return outcome

    def test_a_filtered_frames_index_is_not_bought(self):
        self.write_frames("""
days = pd.bdate_range('2024-03-01', periods=30)
frame = pd.DataFrame({'date': days, 'P': 50 + np.arange(30) * .01, 'Q': np.full(30, 70.0)})
frame[frame['P'] > 50.05].to_parquet('wide.parquet')
""")
        momentum = {"type": "configured", "rebalance": {"freq": "weekly"}, "scoring": {"type": "momentum", "lookback": 5},
                    "selection": {"type": "topn", "topn": {"n": 1}}, "holding_policy": {"type": "replace_all"}}
        outcome = self.finished({"price_path": "wide.parquet", "layout": "wide"}, momentum, broker=CLOSES,
                                sizing={"class": "EqualWeightSizer", "parameters": {"max_positions": 1}})
        self.assertEqual({fill[1] for fill in outcome.fills}, {"P"})
        self.assertAlmostEqual(outcome.summary["final_equity"], 1000, delta=10)

    def test_an_unnamed_index_is_the_date(self):
        self.write_frames("""
frame = pd.DataFrame({'P': [50., 51, 52], 'Q': [70., 70, 70]}, index=pd.bdate_range('2024-03-01', periods=3))
frame.to_csv('wide.csv')
frame.to_parquet('wide.parquet')
""")
        for name in ["wide.csv", "wide.parquet"]:
            outcome = self.finished({"price_path": name, "layout": "wide"}, broker=CLOSES)
            self.assertEqual([bar["date"] for bar in outcome.bars], ["2024-03-01", "2024-03-04", "2024-03-05"])
            self.assertEqual({fill[1] for fill in outcome.fills}, {"P", "Q"})

    def test_names_of_two_levels(self):
        lines = ["Price,Close,Open,Volume", "Ticker,PEP,PEP,PEP", "Date,,,", "2024-03-01,10,10,5", "2024-03-04,12,11,5"]
        self.write("prices.csv", lines)
        self.write("PEP.csv", lines)
        for path in ["prices.csv", "{symbol}.csv"]:
            outcome = self.finished({"price_path": path}, symbols=["PEP"])
            self.assertAlmostEqual(outcome.summary["final_equity"], 1000 / 11 * 12, places=6)

    def test_a_gap_that_was_no_delisting(self):
        days = weekdays(14)
        rows = [f"{day},IDX,10,10" for day in days]
        rows += [f"{day},HOLE,{price},{price}" for day, price in zip(days, [20] * 4 + [None] * 6 + [30] * 4) if price]
        self.write("prices.csv", ["date,symbol,open,close", *rows])
        hold = {"class": "StaticUniverseStrategy", "parameters": {"rebalance": "annually"}}
        outcome = self.finished({"price_path": "prices.csv"}, hold)
        self.assertIn(f"HOLE was closed as delisted on {days[8]} but has rows again from {days[10]}", outcome.warnings)
        longer = self.finished({"price_path": "prices.csv", "delist_after_bars": 10}, hold)
        self.assertNotIn("closed as delisted", longer.warnings)
        self.assertAlmostEqual(longer.summary["final_equity"], 1250, places=6)

    def test_columns_of_actions_are_named(self):
        self.write("KO.csv", ["Date,Open,Close,Adj Close,Dividends,Stock Splits", "2024-03-01 00:00:00-05:00,20,20,19,0,0",
                              "2024-03-04 00:00:00-05:00,20,20,19,0,0", "2024-03-05 00:00:00-05:00,19,19,19,1,0"])
        outcome = self.finished({"price_path": "{symbol}.csv"}, symbols=["KO"])
        self.assertAlmostEqual(outcome.summary["total_return"], -0.05)
        self.assertIn("'Adj Close' and 'Dividends' (1 value, the first on line 4) are not read", outcome.warnings)
        mapped = self.finished({"price_path": "{symbol}.csv", "columns": {"dividend": "Dividends"}}, symbols=["KO"])
        self.assertAlmostEqual(mapped.summary["total_return"], 0.0)
        self.assertNotIn("'Dividends'", mapped.warnings)

    def test_actions_as_text_count_too(self):
        self.write("KO.csv", ["date,open,close,Stock Splits", "2024-03-01,20,20,", "2024-03-04,20,20,", "2024-03-05,10,10,2:1"])
        outcome = self.finished({"price_path": "{symbol}.csv"}, symbols=["KO"])
        self.assertIn("'Stock Splits' (1 value, the first on line 4) is not read", outcome.warnings)

    def test_what_an_adjusted_close_does_not_go_with(self):
        self.write("KO.csv", ["Date,Open,Close,Adj Close,Dividends", "2024-03-01,20,20,18,0", "2024-03-04,20,20,18,0",
                              "2024-03-05,19,19,18,1"])
        adjusted = {"price_path": "{symbol}.csv", "columns": {"close": "Adj Close"}}
        outcome = self.finished(adjusted, symbols=["KO"])
        self.assertIn("'Adj Close' is adjusted, but orders fill at 'open' as it stands", outcome.warnings)
        self.assertNotIn("'Dividends'", outcome.warnings)  # the adjusted close holds them
        outcome = self.finished(adjusted, symbols=["KO"], broker=CLOSES)
        self.assertNotIn("adjusted", outcome.warnings)
        self.assertAlmostEqual(outcome.summary["total_return"], 0.0)
        twice = {**adjusted, "columns": {"close": "Adj Close", "dividend": "Dividends"}}
        outcome = self.finished(twice, symbols=["KO"], broker=CLOSES)
        self.assertIn("the dividends that it holds are counted once more", outcome.warnings)

    def test_columns_of_a_benchmark_that_are_not_read(self):
        self.write("prices.csv", ["date,symbol,open,close", *[f"{day},KO,10,10" for day in weekdays(4)]])
        lines = [f"{day},{close},99,{dividend},0" for day, close, dividend in
                 zip(weekdays(4), [100, 100, 99, 99], [0, 0, 1, 0])]
        self.write("index.csv", ["Date,Close,Adj Close,Dividends,Stock Splits", *lines])
        outcome = self.finished({"price_path": "prices.csv"}, benchmark={"path": "index.csv"})
        self.assertIn("Dividends: the benchmark does not count this column's values", outcome.warnings)
        self.assertIn("Adj Close: the benchmark is read from 'close' as it stands", outcome.warnings)
        self.assertNotIn("Stock Splits", outcome.warnings)

    def test_a_dividend_of_a_benchmark_on_a_day_without_a_price(self):
        days = weekdays(4)  # a Friday, and the Monday after it
        self.write("prices.csv", ["date,symbol,open,close", *[f"{day},KO,10,10" for day in days]])
        self.write("index.csv", ["date,close,dividend", f"{days[0]},100,", "2024-03-02,,1", f"{days[1]},99,",
                                 f"{days[2]},99,", f"{days[3]},99,"])
        outcome = self.finished({"price_path": "prices.csv"}, benchmark={"path": "index.csv"})
        self.assertAlmostEqual(outcome.summary["benchmark"]["total_return"], 0.0, places=12)

    def test_text_in_any_encoding(self):
        self.write_frames("""
import pyarrow as pa, pyarrow.parquet as pq

table = pa.table({'date': pa.array(pd.bdate_range('2024-03-01', periods=3).date), 'symbol': ['KO'] * 3,
                  'close': [10., 11., 13.]})
for encoding in ['DELTA_BYTE_ARRAY', 'DELTA_LENGTH_BYTE_ARRAY']:
    pq.write_table(table, encoding + '.parquet', use_dictionary=False, column_encoding={'symbol': encoding})
""")
        for encoding in ["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"]:
            outcome = self.finished({"price_path": encoding + ".parquet"}, broker=CLOSES)
            self.assertAlmostEqual(outcome.summary["final_equity"], 1000 / 11 * 13, places=6)

    def test_dialects_have_keys(self):
        self.write("prices.csv", ["date\tsymbol\tclose", "1.3.2024\tKO\t1.000,0", "4.3.2024\tKO\t1.100,0",
                                  "5.3.2024\tKO\t1.210,0"])
        dialect = {}
        for remedy, key in [("{delimiter: tab}", {"delimiter": "tab"}), ('{date_format: "%d.%m.%Y"}', {"date_format": "%d.%m.%Y"}),
                            ("{decimal: ", {"decimal": ",", "thousands": "."})]:
            outcome = self.run_config({"price_path": "prices.csv", **({"csv": dialect} if dialect else {})}, broker=CLOSES)
            self.assertEqual(outcome.status, 2)
            self.assertIn(remedy, outcome.said)
            dialect = {**dialect, **key}
        outcome = self.finished({"price_path": "prices.csv", "csv": dialect}, broker=CLOSES)
        self.assertAlmostEqual(outcome.summary["final_equity"], 1100, places=6)

    def test_weights_as_optimisers_write_them(self):
        days = weekdays(40)
        self.write("prices.csv", ["date,P,Q", *[f"{day},10,20" for day in days]])
        self.write("weights.csv", ["date,P,Q", "2024-03-31,0.25,0.75", "2024-04-10,1,"])  # the first is a Sunday
        targets = {"class": "TargetWeightsStrategy", "parameters": {"path": "weights.csv"}}
        data = {"price_path": "prices.csv", "layout": "wide"}
        refused = self.run_config(data, targets, broker=CLOSES)
        self.assertEqual(refused.status, 2)
        self.assertIn("weights.csv:2: 2024-03-31 is not a bar", refused.said)
        self.assertIn("data.on_off_calendar", refused.said)
        moved = self.finished({**data, "on_off_calendar": "next"}, targets, broker=CLOSES)
        self.assertEqual([fill[:3] for fill in moved.fills], [("2024-04-02", "P", 25.0), ("2024-04-02", "Q", 37.5),
                                                              ("2024-04-11", "P", 75.0), ("2024-04-11", "Q", -37.5)])
        ahead = self.finished({**data, "on_off_calendar": "previous"}, targets, broker=CLOSES)
        self.assertEqual(ahead.fills[0][0], "2024-04-01")
        self.assertIn("optimistic", ahead.warnings)
        self.assertIn("optimistic", (self.directory / "runs" / f"run-{self.runs}" / "tearsheet.html").read_text())

    def test_cash_is_no_column_of_weights(self):
        self.write("prices.csv", ["date,P", *[f"{day},10" for day in weekdays(5)]])
        self.write("weights.csv", ["date,P,Cash", "2024-03-01,0.6,0.4"])
        targets = {"class": "TargetWeightsStrategy", "parameters": {"path": "weights.csv"}}
        refused = self.run_config({"price_path": "prices.csv", "layout": "wide"}, targets, broker=CLOSES)
        self.assertIn("leave it out: what the weights of a date do not sum to stays in cash", refused.said)

    def test_the_written_form_of_a_date_is_named(self):
        for date, remedy in [("13/02/2024", '{date_format: "%d/%m/%Y"})'), ("2/13/2024", '{date_format: "%m/%d/%Y"})'),
                             ("01/02/2024", '{date_format: "%d/%m/%Y"} or "%m/%d/%Y")'), ("1.2.2024", '"%d.%m.%Y"})'),
                             ("2024/02/01", '"%Y/%m/%d"})'), ("1-Feb-24", '"%d-%b-%y"})'),
                             ("February 1, 2024", '"%B %d, %Y"})'), ("02/13/2024 16:00", '"%m/%d/%Y %H:%M"})')]:
            with self.subTest(date):
                self.write("prices.csv", ["date;symbol;close", f"{date};KO;10"])
                dialect = {"delimiter": ";"}
                refused = self.run_config({"price_path": "prices.csv", "csv": dialect}, broker=CLOSES)
                self.assertIn(remedy, refused.said)
                dialect["date_format"] = remedy.split('"')[1]
                self.assertEqual(self.run_config({"price_path": "prices.csv", "csv": dialect}, broker=CLOSES,
                                                 start_date="2024-01-01").status, 0)

    def test_rows_of_empty_prices_end_a_holding(self):
        days = weekdays(20)
        rows = [f"{day},LIVES,10,10" for day in days]
        rows += [f"{day},ENDS,20,20" if n < 6 else f"{day},ENDS,," for n, day in enumerate(days)]
        self.write("prices.csv", ["date,symbol,open,close", *rows])
        outcome = self.finished({"price_path": "prices.csv"})
        self.assertIn((str(days[10]), "ENDS", -25.0, "delisted"), outcome.fills)

    def test_midnights_of_another_zone(self):
        self.write_frames("""
days = pd.bdate_range('2024-03-25', periods=12, tz='Europe/Berlin').tz_convert('UTC')
pd.DataFrame({'date': days, 'symbol': 'SAP', 'close': 10.}).to_parquet('prices.parquet')
""")
        shifted = self.finished({"price_path": "prices.parquet"}, broker=CLOSES)
        self.assertEqual(shifted.bars[0]["date"], "2024-03-24")
        self.assertIn("22:00 or 23:00 o'clock", shifted.warnings)
        self.assertIn("data.timezone", shifted.warnings)
        right = self.finished({"price_path": "prices.parquet", "timezone": "Europe/Berlin"}, broker=CLOSES)
        self.assertEqual(right.bars[0]["date"], "2024-03-25")
        self.assertNotIn("o'clock", right.warnings)

    def test_signals_of_calendar_month_ends(self):
        days = weekdays(80)
        self.write("prices.csv", ["date,symbol,open,close", *[f"{day},{s},10,10" for day in days for s in "PQ"]])
        self.write("signals.csv", ["date,symbol,score", "2024-03-31,P,1", "2024-03-31,Q,0", "2024-04-30,P,0",
                                   "2024-04-30,Q,1"])
        top = {"class": "TopNSignalStrategy", "parameters": {"signal_column": "score", "top_n": 1, "rebalance": "daily"}}
        data = {"price_path": "prices.csv", "signal_path": "signals.csv"}
        dropped = self.finished(data, top)
        self.assertIn("signals.csv:2: 2 signal rows on 1 day without a bar are left out, the first 2024-03-31", dropped.warnings)
        self.assertEqual([fill[1] for fill in dropped.fills][0], "Q")
        moved = self.finished({**data, "on_off_calendar": "next"}, top)
        self.assertEqual(moved.fills[0][:2], ("2024-04-02", "P"))
        refused = self.run_config({**data, "on_off_calendar": "error"}, top)
        self.assertEqual(refused.status, 2)

    def test_signals_that_no_rebalance_meets(self):
        days = weekdays(40)
        self.write("prices.csv", ["date,symbol,open,close", *[f"{day},P,10,10" for day in days]])
        self.write("signals.csv", ["date,symbol,score", "2024-03-29,P,1"])  # the last weekday of a month
        data = {"price_path": "prices.csv", "signal_path": "signals.csv"}
        top = {"class": "TopNSignalStrategy", "parameters": {"signal_column": "score", "top_n": 1, "rebalance": "monthly"}}
        outcome = self.finished(data, top)
        self.assertIn("nothing was traded: signals have rows on 1 of 40 bars", outcome.warnings)
        top["parameters"]["rebalance"] = {"freq": "monthly", "session": "last"}
        self.assertNotIn("nothing was traded", self.finished(data, top).warnings)

    def test_bars_are_daily(self):
        self.write("prices.csv", ["date,symbol,open,close", "2024-03-01 09:30,KO,10,11", "2024-03-01 15:30,KO,12,13",
                                  "2024-03-04 09:30,KO,14,15"])
        outcome = self.run_config({"price_path": "prices.csv", "on_duplicate": "last"})
        self.assertEqual(outcome.status, 2)
        self.assertIn("bars are daily", outcome.said)

    def test_bars_are_daily_with_a_column_of_times_too(self):
        for header in ["date,time,symbol,open,close", "<DATE>,<TIME>,<TICKER>,<OPEN>,<CLOSE>"]:
            self.write("prices.csv", [header, "2024-03-01,09:30,KO,10,11", "2024-03-01,15:30,KO,12,13"])
            outcome = self.run_config({"price_path": "prices.csv", "on_duplicate": "last"})
            self.assertEqual(outcome.status, 2)
            self.assertIn("a second row of KO on 2024-03-01, and a column 'time': bars are daily", outcome.said)
        self.write("prices.csv", ["date,time,symbol,open,close", "2024-03-01,16:00,KO,10,11", "2024-03-04,16:00,KO,12,13"])
        self.finished({"price_path": "prices.csv"})

    def test_thousands_that_do_not_break(self):
        for space in [" ", "\u00a0", "\u202f"]:
            self.write("prices.csv", ["date;symbol;close", f"2024-03-01;KO;1{space}000,5", f"2024-03-04;KO;1{space}100,5"])
            outcome = self.finished({"price_path": "prices.csv",
                                     "csv": {"delimiter": ";", "decimal": ",", "thousands": "space"}}, broker=CLOSES)
            self.assertAlmostEqual(outcome.fills[0][2] if outcome.fills else 0, 1000 / 1100.5)

    def test_the_period_is_the_simulated_one(self):
        self.write("prices.csv", ["date,symbol,open,close", *[f"{day},KO,10,10" for day in weekdays(10)]])
        outcome = self.finished({"price_path": "prices.csv"})
        self.assertIn("end_date: the last bar is of 2024-03-14, 108 days from 2024-06-30", outcome.warnings)

    def test_a_lookback_that_the_warm_up_does_not_fill(self):
        self.write("prices.csv", ["date,symbol,open,close", *[f"{day},KO,10,10" for day in weekdays(90)]])
        momentum = {"type": "configured", "rebalance": {"freq": "weekly"}, "scoring": {"type": "momentum", "lookback": 20},
                    "selection": {"type": "topn", "topn": {"n": 1}}, "holding_policy": {"type": "replace_all"}}
        outcome = self.finished({"price_path": "prices.csv"}, momentum)
        self.assertIn(f"the first bar that can decide is {weekdays(21)[-1]}", outcome.warnings)
        self.assertIn("data.warmup_bars: 20", outcome.warnings)


if __name__ == "__main__":
    BINARY = script.options().binary
    unittest.main()
