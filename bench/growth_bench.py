#!/usr/bin/env python3
"""How time and memory grow with bars, instruments, fills, queued and stored runs, and connections, over three decades.

  growth_bench.py --binary PATH [--parts bars,queued] [--upto 0.01] [--directory build/bench]
  growth_bench.py --draw [--directory bench]

Processor time: of the process of `backtest run`, for the whole run from a CSV file to all artifacts; of the service and the
database's processes that work for it, for one request. Where a name says `clock` it is the clock's, which other work on
the machine moves. The points go to DIRECTORY/growth.json, where parts that were not measured keep theirs; growth.svg is
drawn from them, by --draw from them alone.
--upto leaves out the points beyond that share of the most, to try it."""
import argparse
import json
import os
import pathlib
import signal
import sys
import tempfile

from growth_curves import exponent, exponent_of_growth, verdict
from growth_engine import EngineGrowth
from growth_plot import draw
from growth_service import ServiceGrowth
from stored_runs import PostgresRuns, SqliteRuns

STORES = {SqliteRuns: (1_000, 10_000, 100_000, 1_000_000), PostgresRuns: (200, 2_000, 20_000, 200_000)}
TITLES = {"bars": "Bars, of 10 instruments", "instruments": "Instruments, of 250 bars",
          "fills": "Fills, 1,000 x 1,000 prices", "connections": "Connections",
          "queued SQLite": "Queued runs, SQLite", "queued PostgreSQL": "Queued runs, PostgreSQL",
          "stored SQLite": "Stored runs, SQLite", "stored PostgreSQL": "Stored runs, PostgreSQL"}


class Growth:
    def __init__(self, binary, upto, directory):
        self.engine, self.service = EngineGrowth(binary, directory, repeats=3), ServiceGrowth(binary, load_seconds=2)
        self.upto, self.axes = upto, {}

    def measure(self, axis, counts, costs_at):
        curves = {}
        for count in counts:
            if count > self.upto * counts[-1] and count > counts[2]:
                continue
            at, costs = costs_at(count)
            print(f"{axis}, {at:,}: " + "; ".join(f"{name} {cost:.4g}" for name, cost in costs.items()), flush=True)
            for name, cost in costs.items():
                curves.setdefault(name, []).append([at, float(f"{cost:.4g}")])
        self.axes[axis] = curves

    def bars(self):
        self.measure("bars", (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000), self.engine.bars)

    def instruments(self):
        self.measure("instruments", (3, 10, 30, 100, 300, 1_000, 3_000), self.engine.instruments)

    def fills(self):
        self.measure("fills", (1_000, 3_000, 10_000, 30_000, 100_000, 333_000, 1_000_000), self.engine.fills)

    def connections(self):
        self.measure("connections", (1, 3, 10, 30, 100, 300, 1_000), self.service.connections)

    def queued(self):
        for kind, counts in STORES.items():
            self.measure(f"queued {kind.name}", counts, lambda count, kind=kind: self.service.queued(kind, count))

    def stored(self):
        for kind, counts in STORES.items():
            self.measure(f"stored {kind.name}", counts, lambda count, kind=kind: self.service.stored(kind, count))


PARTS = ("bars", "instruments", "fills", "connections", "queued", "stored")


def print_table(axes):
    """Exponents of the last decade, and those without the constant part; costs of the last point, and of one of its units."""
    print(f"\n{'':<20}{'':<26}{'at most':>10}{'cost':>10}{'over n':>11}{'exponent':>10}{'growth':>8}")
    for axis, curves in axes.items():
        for name, points in curves.items():
            most, cost = points[-1]
            of_growth = exponent_of_growth(points)
            print(f"{axis:<20}{name:<26}{most:>10,}{cost:>10.4g}{cost / most:>11.3g}{exponent(points):>10.2f}"
                  f"{'-' if of_growth is None else f'{of_growth:.2f}':>8}  {verdict(points)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary")
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--upto", type=float, default=1.0)
    parser.add_argument("--directory", type=pathlib.Path, default=pathlib.Path("build/bench"))
    parser.add_argument("--draw", action="store_true")
    options = parser.parse_args()
    parts = options.parts.split(",")
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if not (options.binary or options.draw):
        parser.error("--binary is needed")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was made is removed, and processes end
    points = options.directory / "growth.json"
    axes = json.loads(points.read_text()) if points.exists() else {}
    if not options.draw:
        options.directory.mkdir(parents=True, exist_ok=True)
        print(f"load before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} processors")
        with tempfile.TemporaryDirectory(prefix="backtest-growth-") as directory:
            growth = Growth(str(pathlib.Path(options.binary).resolve()), options.upto, directory)
            for part in filter(parts.__contains__, PARTS):
                getattr(growth, part)()
                axes = {axis: growth.axes.get(axis) or axes[axis] for axis in TITLES if axis in growth.axes or axis in axes}
                points.write_text(written(axes))
    print_table(axes)
    drawing = options.directory / "growth.svg"
    drawing.write_text(draw({TITLES[axis]: curves for axis, curves in axes.items()}))
    print(f"\n{points}, {drawing}")


def written(axes):
    """JSON with a curve a line."""
    curve = ",\n".join
    return "{\n" + curve(f' "{axis}": {{\n' + curve(f'  "{name}": {json.dumps(points)}' for name, points in curves.items()) +
                         "\n }" for axis, curves in axes.items()) + "\n}\n"


main()
