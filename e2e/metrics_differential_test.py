#!/usr/bin/env python3
"""Every metric of ten runs beside empyrical-reloaded and quantstats. Where a library defines a number as
docs/metrics.md does, both are equal; where it does not, the table says why, and where the two definitions differ by a
formula, the library's number is put through it and is then equal. --table prints every number."""
import csv
import datetime
import json
import math
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest
import warnings

import script

ROOT = pathlib.Path(__file__).resolve().parents[1]
try:
    import empyrical
    import pandas
    from quantstats import stats as quantstats
except ImportError:
    python = ROOT / ".deps/metrics/bin/python"
    if not python.exists() or pathlib.Path(sys.executable) == python:
        sys.exit("empyrical-reloaded and quantstats are missing: ./dev setup installs them")
    os.execv(python, [str(python), *sys.argv])

BINARY, TABLE = None, False
TOLERANCE = 1e-9

# Numbers that no library has, or has in another sense.
WITHOUT_PEER = {
    "initial_cash": "an input", "final_equity": "of the ledger", "trades": "a count", "reject_count": "a count",
    "bars": "a count", "days": "a count", "constraint_hits": "a count", "optimizer_skips": "a count",
    "closed_positions": "a count", "rules_version": "a count", "ruined": "a flag",
    "bars_per_year": "an input of the libraries (annualization, periods)",
    "gross_return": "needs costs", "cost_drag": "needs costs", "cost_drag_annual": "needs costs",
    "commission_total": "needs costs", "slippage_total": "needs costs", "dividend_total": "of the ledger",
    "financing_total": "of the ledger", "turnover_total": "of the ledger", "turnover_annual": "of the ledger",
    "average_gross_exposure": "of the ledger", "average_net_exposure": "of the ledger",
    "hit_rate": "of positions; quantstats.win_rate is of days", "expectancy": "of positions, in money",
    "payoff_ratio": "of positions; quantstats.payoff_ratio is of days",
    "profit_factor": "of positions; quantstats.profit_factor is of days", "average_holding_bars": "of positions",
    "longest_drawdown_days": "from peak to recovery; quantstats counts from the first day below to the last",
    "time_under_water": "none has it", "rejects": "counts",
    "benchmark.first_date": "a date", "benchmark.last_date": "a date", "benchmark.spans_the_run": "a flag",
    "benchmark.up_capture": "a ratio of sums; empyrical's is of annual returns",
    "benchmark.down_capture": "a ratio of sums; empyrical's is of annual returns",
}


def trading_days(count, step):
    """Weekdays, every day, or the last day of each month."""
    day, days = datetime.date(2015, 1, 1), []
    while len(days) < count:
        if step == "month":
            following = (day.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
            days.append(following - datetime.timedelta(days=1))
            day = following
        else:
            if step == "week" or step == "day" or day.weekday() < 5:
                days.append(day)
            day += datetime.timedelta(days=7 if step == "week" else 1)
    return days


def write_prices(path, days, chance, symbols):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["date", "symbol", "open", "close"])
        for symbol in symbols:
            price = 50 + 100 * chance.random()
            for day in days:
                opening = price * (1 + chance.gauss(0, 0.004))
                price = opening * (1 + chance.gauss(0.0006, 0.013) + (chance.random() < 0.01) * chance.gauss(0, 0.05))
                writer.writerow([day, symbol, repr(opening), repr(price)])


def case(seed, step="weekday", bars=760, bench_from=0, **changes):
    return {"seed": seed, "step": step, "bars": bars, "bench_from": bench_from, "changes": changes}


def fixed(**weights):
    return {"class": "FixedWeightSizer", "parameters": {"weights": weights}}


STATIC = {"class": "StaticUniverseStrategy", "parameters": {"rebalance": "monthly"}}
CASES = {
    "daily": case(1),
    "daily_with_costs": case(2, broker={"commission": 0.001, "slippage_bps": 5}),
    "ddof_1": case(3, metrics={"ddof": 1}),
    "risk_free_rate": case(4, metrics={"risk_free": 0.03, "ddof": 1}),
    "risk_free_prices": case(5, metrics={"risk_free": {"symbol": "CASH"}}),
    "same_close": case(6, broker={"fill_policy": "same_close", "commission": 0.002}),
    "long_short": case(7, constraints={"allow_short": True, "max_leverage": 1.6}, sizing=fixed(AA=0.9, BB=-0.7)),
    "every_day": case(8, "day", metrics={"risk_free": 0.02}),
    "weekly": case(9, "week", 300),
    "monthly_benchmark_late": case(10, "month", 130, 20),
}


def run(directory, name):
    spec = CASES[name]
    chance = random.Random(spec["seed"])
    days = trading_days(spec["bars"], spec["step"])
    write_prices(directory / "prices.csv", days, chance, ["AA", "BB", "CASH"])
    bench, price = [("date", "close")], 1000.0
    for day in days[spec["bench_from"]:]:
        price *= 1 + chance.gauss(0.0003, 0.01)
        bench.append((day, repr(price)))
    with open(directory / "bench.csv", "w", newline="") as file:
        csv.writer(file).writerows(bench)
    config = {"start_date": str(days[0]), "end_date": str(days[-1]), "initial_cash": 100000.0,
              "universe": {"symbols": ["AA", "BB"]}, "data": {"price_path": "prices.csv"},
              "benchmark": {"path": "bench.csv"}, "strategy": STATIC, "sizing": fixed(AA=0.6, BB=0.35),
              **spec["changes"]}
    (directory / "config.json").write_text(json.dumps(config))
    done = subprocess.run([BINARY, "run", "config.json", "--quiet", "--run-id", "run", "--output-dir", "out"],
                          cwd=directory, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return Run(directory / "out" / "run", config)


class Run:
    def __init__(self, out, config):
        self.config = config
        self.summary = json.loads((out / "summary.json").read_text())
        self.daily = self.series(out, "daily_metrics.csv", "daily_return")
        same_close = config.get("broker", {}).get("fill_policy") == "same_close"
        self.sample = self.daily if same_close else self.daily.iloc[1:]
        self.has_first = same_close
        rows = list(csv.DictReader((out / "benchmark.csv").read_text().splitlines()))[1:]
        dates = pandas.to_datetime([r["date"] for r in rows])
        self.bench = pandas.Series([float(r["benchmark_return"]) for r in rows], dates)
        self.paired = pandas.Series([float(r["portfolio_return"]) for r in rows], dates)
        self.paired_free = pandas.Series([float(r["risk_free_return"]) for r in rows], dates)
        self.free = self.paired_free.reindex(self.sample.index, fill_value=0.0)
        self.rolling = [r for r in csv.DictReader((out / "metrics_rolling.csv").read_text().splitlines())
                        if r["window_days"] == "63"]
        self.months = [float(v) for r in csv.DictReader((out / "returns_monthly.csv").read_text().splitlines())
                       for k, v in r.items() if k not in ("Year", "Yearly") and v]
        self.contributions = list(csv.DictReader((out / "contributions.csv").read_text().splitlines()))

    @staticmethod
    def series(out, name, column):
        rows = list(csv.DictReader((out / name).read_text().splitlines()))
        return pandas.Series([float(r[column]) for r in rows], pandas.to_datetime([r["date"] for r in rows]))


def peers(run):
    """(field, library and function, its number, the formula that it was put through or empty)."""
    m = run.summary["bars_per_year"]
    ddof = run.config.get("metrics", {}).get("ddof", 0)
    r, e, n = run.sample, run.sample - run.free, len(run.sample)
    scale = math.sqrt((n - 1) / n) if ddof == 0 else 1.0  # the libraries have ddof 1
    by_ddof = "" if ddof else "ddof 1 made 0"
    growth = empyrical.cum_returns_final(r)
    periods = len(run.daily) - 1
    annual = (1 + empyrical.annual_return(r, annualization=m)) ** (n / periods) - 1
    exponent = "exponent n-1 bars, not n returns" if run.has_first else ""
    months = empyrical.aggregate_returns(run.daily, "monthly")
    years = empyrical.aggregate_returns(run.daily, "yearly")
    yield from [
        ("total_return", "empyrical.cum_returns_final", growth, ""),
        ("annualized_return", "empyrical.annual_return", annual, exponent),
        ("annualized_volatility", "empyrical.annual_volatility",
         empyrical.annual_volatility(r, annualization=m) * scale, by_ddof),
        ("annualized_volatility", "quantstats.volatility",
         quantstats.volatility(r, periods=m, prepare_returns=False) * scale, by_ddof),
        ("sharpe_ratio", "empyrical.sharpe_ratio", empyrical.sharpe_ratio(e, annualization=m) / scale, by_ddof),
        ("sharpe_ratio", "quantstats.sharpe", quantstats.sharpe(e, periods=m) / scale, by_ddof),
        ("sortino_ratio", "empyrical.sortino_ratio", empyrical.sortino_ratio(e, annualization=m), ""),
        ("sortino_ratio", "quantstats.sortino", quantstats.sortino(e, periods=m), ""),
        ("max_drawdown", "empyrical.max_drawdown", empyrical.max_drawdown(r), ""),
        ("calmar_ratio", "empyrical.calmar_ratio",
         annual / abs(empyrical.annual_return(r, annualization=m)) *
         abs(empyrical.calmar_ratio(r, annualization=m)), exponent),
        ("skewness", "quantstats.skew", quantstats.skew(r, prepare_returns=False), ""),
        ("kurtosis", "quantstats.kurtosis", quantstats.kurtosis(r, prepare_returns=False), ""),
        ("value_at_risk", "empyrical.value_at_risk", empyrical.value_at_risk(r), ""),
        ("conditional_value_at_risk", "empyrical.conditional_value_at_risk",
         empyrical.conditional_value_at_risk(r), ""),
        ("conditional_value_at_risk", "quantstats.cvar (historical)",
         quantstats.cvar(r, prepare_returns=False, method="historical"), ""),
        ("omega_ratio", "empyrical.omega_ratio", empyrical.omega_ratio(r), ""),
        ("omega_ratio", "quantstats.omega", quantstats.omega(r), ""),
        ("tail_ratio", "empyrical.tail_ratio", empyrical.tail_ratio(r), ""),
        ("tail_ratio", "quantstats.tail_ratio", quantstats.tail_ratio(r, prepare_returns=False), ""),
        ("gain_to_pain_ratio", "quantstats.gain_to_pain_ratio", quantstats.gain_to_pain_ratio(r), ""),
        ("best_day", "quantstats.best", quantstats.best(r, prepare_returns=False), ""),
        ("worst_day", "quantstats.worst", quantstats.worst(r, prepare_returns=False), ""),
        ("best_month", "empyrical.aggregate_returns", months.max(), ""),
        ("worst_month", "empyrical.aggregate_returns", months.min(), ""),
        ("best_year", "empyrical.aggregate_returns", years.max(), ""),
        ("worst_year", "empyrical.aggregate_returns", years.min(), ""),
        ("winning_days", "quantstats.win_rate", quantstats.win_rate(r, prepare_returns=False), ""),
        ("winning_months", "quantstats.win_rate", quantstats.win_rate(months[months.abs() > 1e-12], prepare_returns=False), ""),
        ("winning_years", "quantstats.win_rate", quantstats.win_rate(years[years.abs() > 1e-12], prepare_returns=False), ""),
        ("ulcer_index", "quantstats.ulcer_index", quantstats.ulcer_index(run.daily), ""),
        ("year_to_date", "empyrical.cum_returns_final", empyrical.cum_returns_final(r[r.index.year == r.index[-1].year]), ""),
    ]
    falls = quantstats.to_drawdown_series(run.daily)
    falls = falls.where(falls < -1e-12, 0.0)
    yield "average_drawdown", "quantstats.drawdown_details", quantstats.drawdown_details(falls)["max drawdown"].mean() / 100, ""
    for years_back, field in (1, "1_year"), (3, "3_years"), (5, "5_years"), (10, "10_years"):
        start = run.daily.index[-1] - pandas.DateOffset(years=years_back)
        if run.daily.index[0] - start > pandas.Timedelta(days=7):
            yield "trailing_" + field, "no library: the run is shorter", None, ""
            continue
        total = empyrical.cum_returns_final(r[r.index > start])
        yield "trailing_" + field, "empyrical.cum_returns_final", (1 + total) ** (1 / years_back) - 1, "of the slice"
    yield from benchmark_peers(run, m, ddof)


def benchmark_peers(run, m, ddof):
    b, r = run.bench, run.paired
    be, re, n = b - run.paired_free, r - run.paired_free, len(b)
    scale = math.sqrt((n - 1) / n) if ddof == 0 else 1.0
    by_ddof = "" if ddof else "ddof 1 made 0"
    beta = empyrical.beta(r, b)
    greeks = quantstats.greeks(r, b, periods=m, prepare_returns=False)
    mean_alpha = (re - beta * be).mean()
    compounded = empyrical.alpha(re, be, annualization=m, _beta=beta)
    information = quantstats.information_ratio(r, b, prepare_returns=False)
    for field, name, value, why in [
            ("total_return", "empyrical.cum_returns_final", empyrical.cum_returns_final(b), ""),
            ("portfolio_return", "empyrical.cum_returns_final", empyrical.cum_returns_final(r), ""),
            ("annualized_return", "empyrical.annual_return", empyrical.annual_return(b, annualization=m), ""),
            ("annualized_volatility", "empyrical.annual_volatility",
             empyrical.annual_volatility(b, annualization=m) * scale, by_ddof),
            ("sharpe_ratio", "empyrical.sharpe_ratio", empyrical.sharpe_ratio(be, annualization=m) / scale, by_ddof),
            ("max_drawdown", "empyrical.max_drawdown", empyrical.max_drawdown(b), ""),
            ("beta", "empyrical.beta", beta, ""),
            ("beta", "quantstats.greeks", greeks["beta"], ""),
            ("alpha", "quantstats.greeks", greeks["alpha"] if run.paired_free.abs().max() == 0 else mean_alpha * m,
             "" if run.paired_free.abs().max() == 0 else "quantstats has no risk-free rate in it"),
            ("alpha", "empyrical.alpha", m * ((1 + compounded) ** (1 / m) - 1), "arithmetic, not compounded"),
            ("correlation", "pandas.Series.corr", r.corr(b), ""),
            ("r_squared", "quantstats.r_squared", quantstats.r_squared(r, b, prepare_returns=False), ""),
            ("treynor_ratio", "quantstats.treynor_ratio", re.mean() * m / greeks["beta"],
             "a year's mean; quantstats takes the total return"),
            ("tracking_error", "empyrical.annual_volatility",
             empyrical.annual_volatility(r - b, annualization=m) * scale, by_ddof),
            ("information_ratio", "quantstats.information_ratio", information * math.sqrt(m) / scale,
             "annualised" + (", " + by_ddof if by_ddof else "")),
            ("information_ratio", "empyrical.excess_sharpe", empyrical.excess_sharpe(r, b) * math.sqrt(m) / scale,
             "annualised" + (", " + by_ddof if by_ddof else ""))]:
        yield "benchmark." + field, name, value, why


def rolling_peers(run):
    """Of windows of 63 bars; r_0 belongs to the first one."""
    m, ddof = run.summary["bars_per_year"], run.config.get("metrics", {}).get("ddof", 0)
    scale = math.sqrt(62 / 63) if ddof == 0 else 1.0
    free = run.paired_free.reindex(run.daily.index, fill_value=0.0)
    yield "rolling_max_drawdown", empyrical.roll_max_drawdown(run.daily, window=63)
    yield "rolling_volatility", empyrical.roll_annual_volatility(run.daily, window=63, annualization=m) * scale
    yield "rolling_sharpe", empyrical.roll_sharpe_ratio(run.daily - free, window=63, annualization=m) / scale
    bench = run.bench.reindex(run.daily.index)
    yield "rolling_beta", empyrical.roll_beta(run.daily, bench, window=63).where(bench.rolling(63).count() == 63)


def value_of(summary, field):
    for part in field.split("."):
        summary = summary[part]
    return summary


def close(ours, theirs):
    if ours is None or theirs is None:
        return ours is None and theirs is None
    return abs(ours - float(theirs)) <= TOLERANCE * max(1.0, abs(ours), abs(float(theirs)))


def fields_of(summary):
    numbers = {k: v for k, v in summary.items() if isinstance(v, (int, float)) or v is None}
    texts = ("run_name",)
    bench = {"benchmark." + k for k in summary["benchmark"]}
    return {k for k in numbers if k not in texts and not k.endswith("optimistic")} | bench


class Metrics(unittest.TestCase):
    def test_every_number_agrees_or_says_why(self):
        for name in CASES:
            with self.subTest(name), tempfile.TemporaryDirectory() as directory, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = run(pathlib.Path(directory), name)
                listed = set(WITHOUT_PEER)
                for field, library, theirs, why in peers(found):
                    ours = value_of(found.summary, field)
                    listed.add(field)
                    if TABLE:
                        print(f"{name:24} {field:36} {library:40} {ours} {theirs} {why}")
                    self.assertTrue(close(ours, theirs), f"{field}: {ours}, {library} {theirs} {why}")
                self.assertEqual(set(), fields_of(found.summary) - listed, "numbers without a line in the table")
                self.check_rolling(found)
                self.check_periods(found)

    def check_rolling(self, found):
        for column, theirs in rolling_peers(found):
            pairs = [(row[column], theirs.get(pandas.Timestamp(row["date"]))) for row in found.rolling]
            compared = [(float(ours), value) for ours, value in pairs if ours and value == value and value is not None]
            self.assertGreater(len(compared), 20, column)
            wrong = [pair for pair in compared if not close(*pair)]
            self.assertEqual([], wrong[:3], column)

    def check_periods(self, found):
        months = list(empyrical.aggregate_returns(found.daily, "monthly"))
        self.assertEqual(len(months), len(found.months))
        self.assertTrue(all(map(close, found.months, months)))
        parts = {kind: sum(float(r["profit"]) for r in found.contributions if r["kind"] == kind)
                 for kind in ("symbol", "financing", "total")}
        self.assertAlmostEqual(parts["symbol"] + parts["financing"], parts["total"], delta=1e-9 * 100000)


if __name__ == "__main__":
    options = script.options(("--table", {"action": "store_true"}))
    BINARY, TABLE = options.binary, options.table
    unittest.main()
