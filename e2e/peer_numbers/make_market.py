"""Writes the market and the targets that zipline_numbers.py and backtrader_numbers.py run on: one year of five made-up
shares, DELT with dividends, ECHO with a split, on the sessions of New York."""
import csv
import pathlib

import exchange_calendars
import numpy as np

HERE = pathlib.Path(__file__).parent
SYMBOLS = ["ALFA", "BRAV", "CHAR", "DELT", "ECHO"]
SPLIT_DAY = 130


def rows_of(symbol, days, random):
    price, rows = 20.0 + 60.0 * random.random(), []
    for n, day in enumerate(days):
        is_split = symbol == "ECHO" and n == SPLIT_DAY
        price /= 2.0 if is_split else 1.0
        open_price = price * np.exp(0.006 * random.standard_normal())
        close = open_price * np.exp(0.0004 + 0.012 * random.standard_normal())
        high, low = max(open_price, close) * 1.004, min(open_price, close) * 0.996
        dividend = 0.35 if symbol == "DELT" and n % 60 == 40 else ""
        rows.append([day, symbol, *(f"{p:.2f}" for p in (open_price, high, low, close)),
                     int(random.integers(900_000, 4_000_000)), 2 if is_split else "", dividend])
        price = close
    return rows


def main():
    random = np.random.default_rng(20180102)
    days = [f"{day:%Y-%m-%d}" for day in exchange_calendars.get_calendar("XNYS").sessions_in_range("2018-01-02", "2018-12-31")]
    with open(HERE / "prices.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["date", "symbol", "open", "high", "low", "close", "volume", "split", "dividend"])
        tables = [rows_of(symbol, days, random) for symbol in SYMBOLS]
        for rows in zip(*tables):
            writer.writerows(rows)
    with open(HERE / "targets.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["date", *SYMBOLS])
        for day, following in zip(days[4:], days[5:]):
            if day[:7] == following[:7]:
                continue  # the last session of a month
            weights = random.random(len(SYMBOLS)) * (random.random(len(SYMBOLS)) > 0.25)
            weights *= 0.95 / max(weights.sum(), 1e-9)
            writer.writerow([day, *(f"{w:.4f}" for w in weights)])


if __name__ == "__main__":
    main()
