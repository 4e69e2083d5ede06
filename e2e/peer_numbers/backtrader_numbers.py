"""Backtrader's NAV of each day with targets.csv, for its three symbols without actions, filled in two ways: at the close
of the decision (set_coc) and at the next open (cheat_on_open)."""
import csv
import pathlib
import sys

import backtrader as bt
import pandas as pd

HERE = pathlib.Path(__file__).parent
SYMBOLS = ["ALFA", "BRAV", "CHAR"]
COMMISSION = 0.001
TARGETS = {row["date"]: row for row in csv.DictReader(open(HERE / "targets.csv"))}


class Fractional(bt.CommInfoBase):
    """Shares in fractions; backtrader's own rounds what is traded to whole ones."""
    params = (("stocklike", True), ("commtype", bt.CommInfoBase.COMM_PERC), ("percabs", True), ("commission", COMMISSION))

    def getsize(self, price, cash):
        return cash / price


class AtTheClose(bt.Strategy):
    def __init__(self):
        self.navs = []

    def next(self):
        day = self.datas[0].datetime.date(0).isoformat()
        self.navs.append((day, self.broker.getvalue()))
        if day not in TARGETS:
            return
        wanted = [(data, float(TARGETS[day][data._name])) for data in self.datas]
        held = {data: self.getposition(data).size * data.close[0] for data, _ in wanted}
        value = self.broker.getvalue()
        for data, weight in sorted(wanted, key=lambda item: item[1] * value - held[item[0]]):  # sells first
            self.order_target_percent(data, target=weight)


class AtTheOpen(bt.Strategy):
    def __init__(self):
        self.navs, self.decided = [], None

    def next(self):
        day = self.datas[0].datetime.date(0).isoformat()
        self.navs.append((day, self.broker.getvalue()))
        self.decided = TARGETS.get(day)

    def next_open(self):
        if self.decided is None:
            return
        value = self.broker.getcash() + sum(self.getposition(data).size * data.open[0] for data in self.datas)
        sizes = {data: float(self.decided[data._name]) * value / data.open[0] for data in self.datas}
        for data in sorted(self.datas, key=lambda data: (sizes[data] - self.getposition(data).size) * data.open[0]):
            self.order_target_size(data, target=sizes[data])


def navs(strategy, at_open):
    cerebro = bt.Cerebro(cheat_on_open=at_open)
    frame = pd.read_csv(HERE / "prices.csv", parse_dates=["date"])
    for symbol in SYMBOLS:
        cerebro.adddata(bt.feeds.PandasData(dataname=frame[frame.symbol == symbol].set_index("date")[
            ["open", "high", "low", "close", "volume"]]), name=symbol)
    cerebro.broker.setcash(1_000_000.0)
    cerebro.broker.addcommissioninfo(Fractional())
    cerebro.broker.set_coc(not at_open)
    cerebro.addstrategy(strategy)
    return cerebro.run()[0].navs


def main():
    closes, opens = navs(AtTheClose, False), navs(AtTheOpen, True)
    with open(HERE / "backtrader.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["date", "cheat_on_close", "cheat_on_open"])
        for (day, at_close), (_, at_open) in zip(closes, opens, strict=True):
            writer.writerow([day, repr(at_close), repr(at_open)])
    print(f"backtrader {bt.__version__}: {len(closes)} days")


if __name__ == "__main__":
    sys.exit(main())
