"""Runs whose tear sheets differ in everything that a page can trip over: small markets and their configs, from fixed seeds.
Standard library only."""
import csv
import datetime
import math
import pathlib
import random

HOSTILE = ["</script><script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "W" * 90, "a&b;<!--", "\u202eevil\u202c",
           "\U0001f600 \u6771\u4eac\u96fb\u529b \u0627\u0644\u0628\u0646\u0643", "x,y \"quoted\"", "{{constructor}}${1}"]


def days(first, count, step="weekday"):
    """`count` dates: weekdays, or the last days of months."""
    day, found = first, []
    while len(found) < count:
        if step == "month":
            following = (day.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
            found.append(following - datetime.timedelta(days=1))
            day = following
        else:
            if day.weekday() < 5:
                found.append(day)
            day += datetime.timedelta(days=1)
    return found


def write_prices(path, dates, symbols, seed, drift=0.0004, deviation=0.012, starts=None):
    """Geometric walks with a common factor; `starts` maps a symbol to the index of its first day."""
    chance = random.Random(seed)
    level = {symbol: 20.0 + 80.0 * chance.random() for symbol in symbols}
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["date", "symbol", "open", "close", "volume"])
        for i, day in enumerate(dates):
            common = chance.gauss(0.0, deviation / 2)
            for symbol in symbols:
                opening = level[symbol]
                level[symbol] = opening * math.exp(drift + common + chance.gauss(0.0, deviation))
                if starts is None or i >= starts.get(symbol, 0):
                    writer.writerow([day, symbol, f"{opening:.6g}", f"{level[symbol]:.6g}", 1000000])


def configured(frequency="monthly", selection=None):
    return {"type": "configured", "rebalance": {"freq": frequency},
            "scoring": {"type": "momentum", "lookback": 3, "skip": 0},
            "selection": selection or {"type": "topn", "topn": {"n": 10}},
            "holding_policy": {"type": "replace_all"}}


def config(name, dates, **changes):
    made = {"run_name": name, "start_date": str(dates[0]), "end_date": str(dates[-1]), "initial_cash": 1000000.0,
            "universe": {"symbols": "all"}, "data": {"price_path": "prices.csv"},
            "strategy": {"class": "StaticUniverseStrategy", "parameters": {"rebalance": "monthly"}},
            "broker": {"commission": 0.0005, "slippage_bps": 2.0}}
    made.update(changes)
    return made


def numbered(count):
    return [f"S{i:04d}" for i in range(count)]


def workload(directory):
    """W1's size: 2,520 bars of 100 instruments, equal weights each month, and a benchmark among them."""
    dates = days(datetime.date(2015, 1, 1), 2520)
    write_prices(directory / "prices.csv", dates, numbered(100), 1)
    return config("workload", dates, benchmark={"symbol": "S0000"},
                  sizing={"class": "EqualWeightSizer", "parameters": {"max_positions": 100}})


def without_benchmark(directory):
    dates = days(datetime.date(2018, 1, 1), 900)
    write_prices(directory / "prices.csv", dates, numbered(12), 2, drift=0.003)
    return config("nothing to compare with", dates, strategy=configured())


def short(directory):
    dates = days(datetime.date(2021, 3, 1), 110)
    write_prices(directory / "prices.csv", dates, numbered(5), 3)
    return config("less than a year", dates, benchmark={"symbol": "S0001"})


def monthly(directory):
    dates = days(datetime.date(2005, 1, 31), 180, "month")
    write_prices(directory / "prices.csv", dates, numbered(6), 4, drift=0.006, deviation=0.04)
    return config("monthly bars", dates, benchmark={"symbol": "S0002"})


def losing(directory):
    dates = days(datetime.date(2007, 1, 1), 1500)
    write_prices(directory / "prices.csv", dates, numbered(8), 5, drift=-0.0015, deviation=0.02)
    return config("losing", dates, benchmark={"symbol": "S0003"}, metrics={"risk_free": 0.02})


def composite(directory):
    dates = days(datetime.date(2016, 1, 1), 1250)
    write_prices(directory / "prices.csv", dates, numbered(40), 6)
    sides = {"type": "long_short_topn", "long_short_topn": {"long_n": 6, "short_n": 6, "sides": "by_rank",
                                                            "allow_short": True}}
    legs = [{"name": "trend", "weight": 0.6, "strategy": configured("weekly")},
            {"name": "market neutral & <hedged>", "weight": 0.4, "strategy": configured("monthly", sides)}]
    return config("composite", dates, benchmark={"symbol": "S0004"}, constraints={"allow_short": True},
                  strategy={"type": "composite", "legs": legs}, sizing={"class": "EqualWeightSizer",
                                                                        "parameters": {"max_positions": 20}})


def one_bar(directory):
    dates = days(datetime.date(2020, 6, 1), 1)
    write_prices(directory / "prices.csv", dates, numbered(2), 7)
    return config("one bar", dates, benchmark={"symbol": "S0000"})


def hostile(directory):
    dates = days(datetime.date(2019, 1, 1), 600)
    write_prices(directory / "prices.csv", dates, HOSTILE, 8)
    return config("</title><script>alert(1)</script> " + "unbroken" * 20, dates, benchmark={"symbol": HOSTILE[0]})


def late_benchmark(directory):
    dates = days(datetime.date(2017, 1, 2), 1300)
    write_prices(directory / "prices.csv", dates, numbered(10), 9, starts={"S0009": 700})
    return config("late benchmark", dates, universe={"symbols": numbered(9)}, benchmark={"symbol": "S0009"})


CASES = {function.__name__: function for function in (workload, without_benchmark, short, monthly, losing, composite,
                                                       one_bar, hostile, late_benchmark)}


def make(name, directory):
    """Writes the market of a case below `directory`, which exists; returns its config."""
    return CASES[name](pathlib.Path(directory))
