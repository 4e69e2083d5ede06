"""`backtest run` from a CSV file to all artifacts, over more and more bars, instruments and fills."""
import datetime
import json
import pathlib
import random
import shutil
import subprocess

from process_cost import run_to_end

# A walk that ends where it began, of rendered rows: markets of any size are cut from it.
WALK_BARS = 4099


def walk(seed=7):
    generator, closes = random.Random(seed), [100.0]
    for _ in range(WALK_BARS - 1):
        closes.append(closes[-1] * (1 + 0.1 * (1 - closes[-1] / 100) + generator.gauss(0, 0.02)))
    cells = []
    for opened, closed in zip([closes[-1], *closes], closes):
        low, high = sorted((round(opened, 2), round(closed, 2)))
        cells.append(f",{opened:.2f},{high:.2f},{low:.2f},{closed:.2f},1000000\n")
    return cells


def write_prices(path, bars, instruments):
    cells = walk()
    day, symbols = datetime.date(1990, 1, 1), [f",S{at:04}" for at in range(instruments)]
    starts = [at * 1009 % WALK_BARS for at in range(instruments)]
    with open(path, "w") as file:
        file.write("date,symbol,open,high,low,close,volume\n")
        for bar in range(bars):
            while day.weekday() > 4:
                day += datetime.timedelta(days=1)
            date = day.isoformat()
            file.writelines(date + symbol + cells[(start + bar) % WALK_BARS] for symbol, start in zip(symbols, starts))
            day += datetime.timedelta(days=1)


def config_of(prices, instruments, rebalance):
    return {"start_date": "1990-01-01", "end_date": "2999-12-31", "initial_cash": 1e9, "universe": {"symbols": "all"},
            "data": {"price_path": str(prices)},
            "strategy": {"class": "StaticUniverseStrategy", "parameters": {"rebalance": rebalance}},
            "sizing": {"class": "EqualWeightSizer", "parameters": {"max_positions": instruments}},
            "broker": {"commission": 0.001}}


class EngineGrowth:
    """Each measure is the least of some runs: what else the machine did is in none of them."""

    def __init__(self, binary, directory, repeats):
        self.binary, self.directory, self.repeats = binary, pathlib.Path(directory), repeats

    def costs(self, bars, instruments, rebalance):
        prices = self.directory / "prices.csv"
        write_prices(prices, bars, instruments)
        return self.costs_of(config_of(prices, instruments, rebalance))

    def costs_of(self, config):
        path, results = self.directory / "config.json", self.directory / "results"
        path.write_text(json.dumps(config))
        least = {}
        for _ in range(self.repeats):
            result, processor_s = run_to_end([self.binary, "run", path, "--quiet", "--json", "--output-dir", results],
                                             stderr=subprocess.DEVNULL)
            shutil.rmtree(results)
            timings = result["timings"]
            measured = {"processor time s": processor_s, "load, clock s": timings["load_s"],
                        "simulate, clock s": timings["simulate_s"], "report, clock s": timings["report_s"], "peak MB": timings["peak_rss_bytes"] / 1e6}
            least = {name: min(value, least.get(name, value)) for name, value in measured.items()}
        return result["summary"]["trades"], least

    def bars(self, count):
        return count, self.costs(count, 10, "monthly")[1]

    def instruments(self, count):
        return count, self.costs(250, count, "monthly")[1]

    def fills(self, count, bars=1000, instruments=1000):
        """The market stays, the whole book is traded more and more often; the point is what was filled."""
        prices = self.directory / "fills.csv"
        if not prices.exists():
            write_prices(prices, bars, instruments)
        schedule = {"freq": "every_n_days", "every_n_days": max(1, bars * instruments // count)}
        return self.costs_of(config_of(prices, instruments, schedule))
