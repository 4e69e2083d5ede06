#!/usr/bin/env python3
"""Random markets and brokers through `backtest run` and through second_ledger.py: fills, rejects, hits, NAV and the
metrics must agree. A seed that fails replays with --seed N --cases 1."""
import datetime
import math
import pathlib
import random
import tempfile
import unittest

from differential import (SYMBOLS, Artifacts, assert_all_agree, equal, first_difference, main, run_config, some,
                          write_table)
from second_ledger import Ledger


def random_market(chance):
    symbols = sorted(chance.sample(SYMBOLS, chance.randint(2, 5)))
    bars, day, dates = chance.randint(6, 25), datetime.date(2024, 1, 2), []
    while len(dates) < bars:
        if day.weekday() < 5 and chance.random() < 0.95:
            dates.append(day)
        day += datetime.timedelta(1)
    if chance.random() < 0.4:  # another calendar, of as many bars
        gap = chance.choice([1, 7, 14, 30, 91, 365])
        dates = [dates[0] + datetime.timedelta(gap * bar + chance.randint(0, gap // 10)) for bar in range(bars)]
    holes, has_actions, has_volume = chance.choice([0, 0, 0.05, 0.2]), chance.random() < 0.4, chance.random() < 0.8
    first = {s: chance.randint(0, 3) if chance.random() < 0.3 else 0 for s in symbols}
    end = {s: chance.randint(3, bars) if chance.random() < 0.25 else bars for s in symbols}
    price, rows = {s: chance.uniform(5, 50) for s in symbols}, {}
    for bar in range(bars):
        for symbol in symbols:
            price[symbol] *= math.exp(chance.gauss(0, 0.04 if chance.random() < 0.9 else 0.3))
            if not first[symbol] <= bar < end[symbol] or chance.random() < holes:
                continue
            row = {"split": None, "dividend": None, "volume": None}
            if has_actions and chance.random() < 0.08:
                row["split"] = chance.choice([2.0, 0.5, 3.0, 0.1])
                price[symbol] /= row["split"]
            if has_actions and chance.random() < 0.08:
                row["dividend"] = round(chance.uniform(0.1, 1), 2)
            row["open"] = round(price[symbol] * math.exp(chance.gauss(0, 0.01)), 2) if chance.random() >= holes else None
            row["close"] = round(price[symbol], 2) if chance.random() >= holes / 2 else None
            if has_volume:
                row["volume"] = chance.choice([None, 0.0, 200.0, float(chance.randint(50, 5000))])
            rows[bar, symbol] = row
    used = sorted({bar for bar, _ in rows})
    number = {bar: index for index, bar in enumerate(used)}
    return symbols, [dates[bar] for bar in used], {(number[bar], s): row for (bar, s), row in rows.items()}


def random_case(seed):
    chance = random.Random(seed)
    symbols, dates, rows = random_market(chance)
    broker = {"fill_policy": chance.choice(["next_open", "next_close", "same_close"])} | some(chance, {
        "commission": [0.001, 0.005], "commission_per_share": [0.01], "commission_minimum": [1.0, 5.0],
        "slippage_bps": [5.0, 20.0], "spread_bps": [10.0], "allow_fractional_shares": [False], "lot_size": [1, 5, 10],
        "rounding_mode": ["toward_zero", "nearest", "floor", "ceil"], "min_trade_shares": [1.0, 5.0, 20.0],
        "min_trade_notional": [50.0, 500.0], "max_participation_rate": [0.1, 0.5], "reserve_costs": [True],
        "unfilled": ["retry"], "unfilled_bars": [1, 2],
        "on_missing_price": ["skip", "reject"],
        "financing": [{"cash_rate": 0.05, "margin_rate": 0.08, "borrow_rate": 0.03}]})
    if not broker.get("reserve_costs"):
        broker |= some(chance, {"cost_financing": ["margin", "each_order", "cash_capped", "self_financing"]})
    if broker.get("unfilled") != "retry":
        broker.pop("unfilled_bars", None)
    if not any(row["volume"] is not None for row in rows.values()):
        broker.pop("max_participation_rate", None)
    constraints = {"max_leverage": chance.choice([1.0, 2.0, 5.0]), "allow_short": chance.random() < 0.7} | some(chance, {
        "max_position_size": [0.3, 0.5, 0.9], "max_turnover": [0.2, 0.5, 1.5], "min_weight_change": [0.02, 0.1],
        "max_net_exposure": [0.2, 0.6], "net_exposure_min": [-0.5, -0.1, 0.1], "net_exposure_max": [0.1, 0.5]})
    targets = {}
    for bar in range(len(dates)):
        lowest = chance.choice([-1, 0])
        weights = {s: round(chance.uniform(lowest, 1), 3) for s in symbols if chance.random() < 0.7}
        if weights and (bar == 0 or chance.random() < 0.4):
            targets[bar] = weights
    targets = targets or {0: {symbols[0]: 0.5}}
    return {"symbols": symbols, "dates": dates, "rows": rows, "broker": broker, "constraints": constraints,
            "targets": targets, "delist_after_bars": chance.choice([0, 1, 2, 3, 5, 5]), "initial_cash": 10000.0}


def run_product(case, directory):
    fields = ["open", "close", "volume", "split", "dividend"]
    write_table(directory / "prices.csv", ["date", "symbol"] + fields,
                [[case["dates"][bar], symbol] + [row[f] for f in fields] for (bar, symbol), row in case["rows"].items()])
    write_table(directory / "targets.csv", ["date", "symbol", "weight"],
                [[case["dates"][bar], s, w] for bar, weights in case["targets"].items() for s, w in weights.items()])
    config = {"start_date": str(case["dates"][0]), "end_date": str(case["dates"][-1]),
              "initial_cash": case["initial_cash"], "universe": {"symbols": case["symbols"]},
              "data": {"price_path": "prices.csv", "delist_after_bars": case["delist_after_bars"]},
              "strategy": {"class": "TargetWeightsStrategy", "parameters": {"path": "targets.csv"}},
              "constraints": case["constraints"], "broker": case["broker"]}
    return run_config(config, directory)


def bars_per_year(dates):
    """MET-9, of the dates simulated."""
    if len(dates) == 1:
        return 252.0
    gaps = sorted((after - before).days for before, after in zip(dates, dates[1:]))
    gap, span = gaps[(len(gaps) - 1) // 2], (dates[-1] - dates[0]).days
    if gap <= 4:
        every_day = len({day.weekday() for day in dates}) == 7 and len(dates) >= 0.85 * (span + 1)
        return 365.0 if every_day else 252.0
    for least, most, bars in ((5, 9, 52.0), (26, 35, 12.0), (80, 100, 4.0), (350, 380, 1.0)):
        if least <= gap <= most:
            return bars
    return (len(dates) - 1) * 365.25 / span


def summary_of(case, ledger):
    """MET-1..5 as MET-9..12 change them, from the model's NAV alone."""
    nav, initial = [value for value, _ in ledger.bars], case["initial_cash"]
    returns = [now / before - 1 if before else 0.0 for before, now in zip([initial] + nav, nav)]
    if case["broker"]["fill_policy"] != "same_close":
        returns = returns[1:] or returns
    mean = sum(returns) / len(returns)
    deviation = math.sqrt(sum((r - mean) ** 2 for r in returns) / len(returns))
    peak, drawdown = initial, 0.0
    for value in nav:
        peak = max(peak, value)
        if peak - value > 1e-12 * peak:
            drawdown = min(drawdown, value / peak - 1)
    varies = deviation > 1e-12 * max(1.0, *map(abs, returns))
    year = bars_per_year(case["dates"][:len(nav)])
    return {"final_equity": nav[-1], "total_return": nav[-1] / initial - 1, "max_drawdown": drawdown,
            "bars_per_year": year, "sharpe_ratio": mean / deviation * math.sqrt(year) if varies else None,
            "trades": float(len(ledger.fills)), "commission_total": sum(fill[4] for fill in ledger.fills),
            "ruined": ledger.ruined}


def differences(seed):
    case = random_case(seed)
    with tempfile.TemporaryDirectory() as temporary:
        directory = pathlib.Path(temporary)
        failed = run_product(case, directory)
        if failed:
            return [failed]
        run = Artifacts(directory, case["dates"])
        hits = [(run.bar_of[h["as_of"]], h["constraint"], h["symbol"])
                for h in run.json("constraint_hits.json") if h["constraint"] != "residual"]
        summary = run.json("summary.json")
    ledger = Ledger(case).run()
    found = [first_difference("fill", run.fills, [fill[:5] for fill in ledger.fills]),
             first_difference("reject", run.rejects, ledger.rejects), first_difference("bar", run.bars, ledger.bars),
             first_difference("hit", hits, ledger.hits)]
    for key, value in summary_of(case, ledger).items():
        actual = float(summary[key]) if isinstance(value, float) and summary[key] is not None else summary[key]
        found.append(None if equal(actual, value) else f"{key}: product {actual}, model {value}")
    return [difference for difference in found if difference]


class LedgerDifferentialTest(unittest.TestCase):
    def test_random_cases(self):
        assert_all_agree(self, differences)


if __name__ == "__main__":
    main()
