"""Zipline's NAV and shares at the close of each day: order_target_percent with targets.csv, zipline's own costs of shares,
whole shares, dividends and a split."""
import csv
import os
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
os.environ["ZIPLINE_ROOT"] = tempfile.mkdtemp()

import pandas as pd  # noqa: E402: zipline reads its root when it is imported
import zipline  # noqa: E402
from zipline.api import (order_target_percent, set_commission, set_slippage, symbol)  # noqa: E402
from zipline.data.bundles import ingest, register  # noqa: E402
from zipline.finance import commission, slippage  # noqa: E402

PRICES = pd.read_csv(HERE / "prices.csv", parse_dates=["date"])
TARGETS = {row["date"]: row for row in csv.DictReader(open(HERE / "targets.csv"))}
SYMBOLS = sorted(PRICES.symbol.unique())
FIRST, LAST = PRICES.date.min(), PRICES.date.max()


def made_up(environ, asset_db_writer, minute_bar_writer, daily_bar_writer, adjustment_writer, calendar, start_session,
            end_session, cache, show_progress, output_dir):
    asset_db_writer.write(equities=pd.DataFrame({
        "symbol": SYMBOLS, "start_date": FIRST, "end_date": LAST, "auto_close_date": LAST + pd.Timedelta(days=1),
        "exchange": "NYSE"}), exchanges=pd.DataFrame({"exchange": ["NYSE"], "canonical_name": ["NYSE"],
                                                      "country_code": ["US"]}))
    bars = ["open", "high", "low", "close", "volume"]
    daily_bar_writer.write([(sid, PRICES[PRICES.symbol == name].set_index("date")[bars])
                            for sid, name in enumerate(SYMBOLS)])
    splits = PRICES[PRICES.split.notna()]
    dividends = PRICES[PRICES.dividend.notna()]
    adjustment_writer.write(
        splits=pd.DataFrame({"effective_date": splits.date, "ratio": 1.0 / splits.split,
                             "sid": splits.symbol.map(SYMBOLS.index)}),
        dividends=pd.DataFrame({"ex_date": dividends.date, "record_date": dividends.date,
                                "declared_date": dividends.date, "pay_date": dividends.date,
                                "amount": dividends.dividend, "sid": dividends.symbol.map(SYMBOLS.index)}))


def initialize(context):
    set_commission(us_equities=commission.PerShare(cost=0.001, min_trade_cost=0.0))
    set_slippage(us_equities=slippage.FixedBasisPointsSlippage(basis_points=5.0, volume_limit=0.1))
    context.days = []


def handle_data(context, data):
    day = f"{data.current_session:%Y-%m-%d}"
    positions = context.portfolio.positions
    context.days.append([day, repr(float(context.portfolio.portfolio_value)),
                         *(int(positions[symbol(name)].amount) for name in SYMBOLS)])
    for name in SYMBOLS if day in TARGETS else []:
        order_target_percent(symbol(name), float(TARGETS[day][name]))


def main():
    register("made-up", made_up, calendar_name="XNYS")
    ingest("made-up", show_progress=False)
    written = []
    sessions = pd.DatetimeIndex(PRICES.date.unique())
    zipline.run_algorithm(start=FIRST, end=LAST, capital_base=1_000_000.0, bundle="made-up", initialize=initialize,
                          handle_data=handle_data, benchmark_returns=pd.Series(0.0, index=sessions),
                          analyze=lambda context, perf: written.extend(context.days))
    with open(HERE / "zipline.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["date", "nav", *SYMBOLS])
        writer.writerows(written)
    print(f"zipline {zipline.__version__}: {len(written)} days")


if __name__ == "__main__":
    sys.exit(main())
