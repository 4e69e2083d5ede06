#!/usr/bin/env python3
"""Random strategies and composites on random markets through `backtest run` and through second_run.py: fills, rejects
and NAV must agree. A seed that fails replays with --seed N --cases 1."""
import pathlib
import random
import tempfile
import unittest

from differential import Artifacts, assert_all_agree, first_difference, main, run_config, some, write_table
from random_strategy import random_composite, random_market, random_sizer, random_strategy
from second_run import Run


def random_case(seed):
    chance = random.Random(seed)
    symbols, dates, rows, signals = random_market(chance)
    broker = {"fill_policy": chance.choice(["next_open", "next_open", "next_close", "same_close"])} | some(chance, {
        "commission": [0.001], "commission_minimum": [1.0], "slippage_bps": [5.0], "lot_size": [1, 5],
        "allow_fractional_shares": [False], "min_trade_notional": [50.0], "max_participation_rate": [0.1, 0.5],
        "financing": [{"cash_rate": 0.05, "margin_rate": 0.08, "borrow_rate": 0.03}]})
    if not any(row["volume"] is not None for row in rows.values()):
        broker.pop("max_participation_rate", None)
    constraints = {"max_leverage": chance.choice([1.0, 3.0]), "allow_short": chance.random() < 0.7} | some(chance, {
        "max_position_size": [0.3, 0.5], "max_turnover": [0.2, 0.5], "min_weight_change": [0.0203, 0.1017],
        "max_net_exposure": [0.2, 0.6], "net_exposure_min": [-0.5, 0.1], "net_exposure_max": [0.1, 0.5],
        "stop_loss": [0.04, 0.1]})
    tables, build = {}, random_composite if chance.random() < 0.35 else random_strategy
    return {"symbols": symbols, "dates": dates, "rows": rows, "signals": signals, "broker": broker,
            "constraints": constraints, "strategy": build(chance, symbols, len(dates), tables), "tables": tables,
            "sizing": random_sizer(chance, symbols), "first_bar": chance.choice([0, 0, 4]),
            "delist_after_bars": chance.choice([0, 1, 2, 3, 5, 5]), "initial_cash": 10000.0}



def run_product(case, directory):
    fields, dates = ["open", "high", "low", "close", "volume", "split", "dividend"], case["dates"]
    write_table(directory / "prices.csv", ["date", "symbol"] + fields,
                [[dates[bar], s] + [row[f] for f in fields] for (bar, s), row in case["rows"].items()])
    write_table(directory / "signals.csv", ["date", "symbol", "alpha", "signed"],
                [[dates[bar], s, row["alpha"], row["signed"]] for (bar, s), row in case["signals"].items()])
    for name, table in case["tables"].items():
        write_table(directory / name, ["date", "symbol", "weight"],
                    [[dates[bar], s, w] for bar, weights in table.items() for s, w in weights.items()])
    config = {"start_date": str(dates[case["first_bar"]]), "end_date": str(dates[-1]),
              "universe": {"symbols": case["symbols"]},
              "data": {"price_path": "prices.csv", "signal_path": "signals.csv", "warmup_bars": case["first_bar"],
                       "delist_after_bars": case["delist_after_bars"]}}
    config |= {key: case[key] for key in ("initial_cash", "strategy", "sizing", "constraints", "broker")}
    return run_config(config, directory)


def is_refused(case):
    """CON-19 and SZ-6. The legs of a composite are blended before limits apply: SZ-6 is not of their weights."""
    policy, strategy = case["constraints"], case["strategy"]
    legs = [leg["strategy"] for leg in strategy.get("legs", []) if leg["enabled"]]
    if not policy["allow_short"] and any(map(selects_shorts_alone, legs or [strategy])):
        return True
    if legs or strategy.get("class") == "TargetWeightsStrategy":
        return False
    sizes = [abs(weight) for weight in case["sizing"]["parameters"].get("weights", {}).values()]
    most = policy.get("max_position_size", 1.0)
    return sum(sizes) > policy["max_leverage"] * (1 + 1e-9) or any(size > most * (1 + 1e-9) for size in sizes)


def selects_shorts_alone(strategy):
    if strategy.get("class") == "LongShortTopNStrategy":
        return strategy["parameters"]["k_short"] > 0 and strategy["parameters"]["k_long"] == 0
    selection = strategy.get("selection", {"type": None})
    if selection["type"] == "long_short_topn":
        ends = selection["long_short_topn"]
        return ends["allow_short"] and ends["short_n"] > 0 and ends["long_n"] == 0
    return selection["type"] == "topn" and selection["topn"]["side"] == "short"


def differences(seed):
    case = random_case(seed)
    with tempfile.TemporaryDirectory() as temporary:
        directory = pathlib.Path(temporary)
        failed = run_product(case, directory)
        if is_refused(case):
            return [] if failed and failed.startswith("exit 2: ") else [f"not refused: {failed}"]
        if failed:
            return [failed]
        run = Artifacts(directory, case["dates"])
    book = Run(case).run()
    found = [first_difference("bar", run.bars, book.bars), first_difference("fill", run.fills, [f[:5] for f in book.fills]),
             first_difference("reject", run.rejects, book.rejects)]
    return [difference for difference in found if difference]


class PipelineDifferentialTest(unittest.TestCase):
    def test_random_cases(self):
        assert_all_agree(self, differences)


if __name__ == "__main__":
    main()
