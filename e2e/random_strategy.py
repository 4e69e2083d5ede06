"""Random markets with whole bars, signals and strategies for pipeline_differential_test.py."""
import datetime
import math

from differential import SYMBOLS, some

PERIODS = ["weekly", "monthly", "quarterly", "annually"]


def random_rows(chance, symbols, bars):
    holes, has_actions, has_volume = chance.choice([0, 0, 0.04, 0.15]), chance.random() < 0.3, chance.random() < 0.5
    spread = chance.choice([0.01, 0.03, 0.08])
    first = {s: chance.randint(0, bars // 2) if chance.random() < 0.25 else 0 for s in symbols}
    end = {s: chance.randint(bars // 3, bars) if chance.random() < 0.2 else bars for s in symbols}
    price, rows = {s: chance.uniform(5, 50) for s in symbols}, {}
    for bar in range(bars):
        for symbol in symbols:
            price[symbol] *= math.exp(chance.gauss(0, spread))
            if not first[symbol] <= bar < end[symbol] or chance.random() < holes:
                continue
            row = {"split": None, "dividend": None, "volume": None}
            if has_actions and chance.random() < 0.05:
                row["split"] = chance.choice([2.0, 0.5, 3.0])
                price[symbol] /= row["split"]
            if has_actions and chance.random() < 0.05:
                row["dividend"] = round(chance.uniform(0.1, 1), 2)
            open_, close = price[symbol] * math.exp(chance.gauss(0, spread / 2)), price[symbol]
            beyond = [abs(chance.gauss(0, spread / 2)) for _ in range(2)]
            prices = {"open": open_, "close": close, "high": max(open_, close) * (1 + beyond[0]),
                      "low": min(open_, close) * (1 - min(0.5, beyond[1]))}
            row |= {field: round(v, 2) if chance.random() >= holes / 2 else None for field, v in prices.items()}
            if has_volume:
                row["volume"] = chance.choice([None, 0.0, 200.0, float(chance.randint(50, 5000)), 5000.0])
            rows[bar, symbol] = row
    return rows


def random_market(chance):
    symbols = sorted(chance.sample(SYMBOLS, chance.randint(2, 5)))
    bars, dates = chance.randint(8, 45), []
    day = datetime.date(2023, 12, 1) + datetime.timedelta(chance.randint(0, 60))
    while len(dates) < bars:
        if day.weekday() < 5 and chance.random() < 0.93:
            dates.append(day)
        day += datetime.timedelta(1)
    rows = random_rows(chance, symbols, bars)
    number = {bar: index for index, bar in enumerate(sorted({bar for bar, _ in rows}))}
    rows = {(number[bar], s): row for (bar, s), row in rows.items()}
    grid = chance.choice([4, 10000])  # few values: ties
    value = lambda lowest: round(chance.uniform(lowest, 1) * grid) / grid if chance.random() < 0.95 else None
    signals = {(bar, s): {"alpha": value(0), "signed": value(-1)}
               for bar in range(len(number)) for s in symbols if chance.random() < 0.9}
    return symbols, [dates[bar] for bar in number], rows, signals


def random_schedule(chance):
    frequency = chance.choice(["daily", "every_n_days", "every_n_calendar_days"] + PERIODS)
    schedule = {"freq": frequency}
    if frequency.startswith("every"):
        schedule[frequency] = chance.randint(1, 9)
    elif frequency == "weekly" and chance.random() < 0.3:
        schedule["weekday"] = chance.choice(["mon", "tue", "wed", "thu", "fri"])
    elif frequency == "monthly" and chance.random() < 0.3:
        schedule["day_of_month"] = chance.choice([1, 10, 15, 24, 30, 31])
    elif frequency in PERIODS and chance.random() < 0.6:
        schedule["session"] = chance.choice(["first", "last"])
    return schedule


def random_class_schedule(chance):
    return chance.choice([random_schedule(chance), chance.choice(["daily"] + PERIODS), chance.randint(1, 9)])


def random_scoring(chance, may_nest=True):
    fill, kind = chance.choice(["drop", "zero", "mean"]), lambda: chance.choice(["column", "negate_column"])
    lookback = chance.randint(2, 6)
    forms = [
        {"type": "column", "column": chance.choice(["alpha", "signed"]), "fillna": fill,
         "higher_is_better": chance.random() < 0.8},
        {"type": "weighted_sum", "fillna": fill, "normalize": chance.choice(["none", "zscore", "rank_percentile"]),
         "terms": [{"column": "alpha", "weight": chance.choice([1.0, -0.5])}, {"column": "signed", "weight": 2.0}]},
        {"type": "max_of", "scores": [{"type": kind(), "column": c} for c in ("alpha", "signed")]},
        {"type": "momentum", "lookback": lookback, "skip": chance.randint(0, lookback - 1)},
        {"type": "price_breakout", "lookback": lookback, "mode": chance.choice(["breakout", "breakdown"]),
         "scale": chance.choice(["pct", "absolute"])},
        {"type": "constant", "value": chance.choice([1.0, -1.0])}]
    if may_nest:
        rank = {"type": "rank_transform", "base": random_scoring(chance, False),
                "method": chance.choice(["percentile", "dense_rank"])}
        forms.append(rank | some(chance, {"ascending": [True, False]}))
    return chance.choice(forms[:1] * 3 + forms)


def random_selection(chance):
    allow_short = chance.random() < 0.7
    rules = {
        "topn": {"n": chance.randint(1, 4), "side": chance.choice(["long", "long", "short"]),
                 "min_score": chance.choice([0.0, None, 0.3]), "higher_is_better": chance.random() < 0.8},
        "long_short_topn": {"long_n": chance.randint(0, 3), "short_n": chance.randint(0, 3),
                            "min_abs_score": chance.choice([0.0, 0.2]), "allow_short": allow_short,
                            "long_if_high": chance.random() < 0.7},
        "threshold": {"long_if_gte": chance.choice([0.0, 0.3, 0.6]), "short_if_lte": chance.choice([-0.3, 0.2]),
                      "allow_short": allow_short},
        "quantiles": {"long_q": chance.choice([0.6, 0.8]), "short_q": chance.choice([0.1, 0.3]),
                      "allow_short": allow_short}}
    kind = chance.choice(list(rules))
    return {"type": kind, kind: rules[kind]}


def random_holding(chance, selection):
    rules = {
        "replace_all": {"exit_if_not_selected": chance.random() < 0.5, "refresh_held_scores": chance.random() < 0.4,
                        "refresh_mode": chance.choice(["abs_signed", "raw"])},
        "grace_period": {"min_hold_days": chance.randint(0, 5), "exit_only_on_risk": chance.random() < 0.4},
        "decay": {"dropped_scale": chance.choice([0.0, 0.5]), "decay_days": chance.randint(0, 5)}}
    top = selection.get("topn")
    if top and top["side"] == "long" and top["higher_is_better"] and top["min_score"] == 0.0:
        rules["sticky"] = {"keep_if_rank_within_multiple": chance.choice([1.0, 1.5, 2.0]),
                           "reentry_cooldown_days": chance.choice([None, 1, 3])}
    rules["hybrid"] = {end: chance.choice(["replace_all", "grace_period", "decay"]) for end in ("base", "overlay")}
    kind = chance.choice(list(rules))
    return {"type": kind, kind: rules[kind]}


def random_rule(chance):
    by_extremes = {"use_intraday_extremes": chance.random() < 0.6}
    return chance.choice([
        {"type": "trailing_ma", "days": chance.randint(1, 5), "side_aware": chance.random() < 0.7},
        {"type": "stop_loss", "pct": chance.choice([0.02, 0.05, 0.1])} | by_extremes,
        {"type": "trailing_stop", "pct": chance.choice([0.02, 0.05, 0.1]), "uses_hwm_lwm": chance.random() < 0.7}
        | by_extremes,
        {"type": "take_profit", "pct": chance.choice([0.03, 0.08])},
        {"type": "time_stop", "days": chance.randint(1, 8)},
        {"type": "partial_exit_after_days", "days": chance.randint(1, 6), "once": chance.random() < 0.7,
         "fraction": chance.choice([0.25, 0.5, 1.0, 0.0])}])


def random_pipeline(chance):
    selection = random_selection(chance)
    config = {"type": "configured", "rebalance": random_schedule(chance), "scoring": random_scoring(chance),
              "universe": {"source": chance.choice(["prices", "signals", "intersection"])}, "selection": selection}
    if chance.random() < 0.85:
        config["holding_policy"] = random_holding(chance, selection)
    if chance.random() < 0.8:
        config["exits"] = {"rules": [random_rule(chance) for _ in range(chance.randint(1, 3))],
                           "precedence": chance.choice(["exit_over_scale", "scale_over_exit", "first_match"]),
                           "cooldown_bars": chance.choice([0, 0, 1, 4])}
    steps = [{"type": "enforce_min_candidates", "min_total": chance.randint(1, 3)}, {"type": "clamp", "min": -0.3,
             "max": 0.7}, {"type": "sticky_scores", "alpha": chance.choice([0.3, 0.7])},
             {"type": "normalize", "method": chance.choice(["zscore", "minmax", "rank_percentile"])}]
    config["postprocess"] = {"steps": [step for step in steps if chance.random() < 0.2]}
    return config


def random_sizer(chance, symbols):
    gross = chance.choice([0.8, 1.0, 1.6])
    weights = {s: chance.choice([0.2, 0.4, -0.2, 0.6]) for s in symbols if chance.random() < 0.8}
    score = {"max_longs": chance.randint(0, 4), "max_shorts": chance.randint(0, 4), "gross_target": gross,
             "net_target": chance.choice([0.0, gross, 0.3, -0.2]), "weight_mode": chance.choice(["equal", "score"]),
             "sticky_holdings": chance.random() < 0.5, "score_power": chance.choice([1.0, 2.0, 0.5]),
             "min_abs_score": chance.choice([0.0, 0.0, 0.2])}
    name, parameters = chance.choice([
        ("EqualWeightSizer", {"max_positions": chance.randint(1, 5)}), ("LongShortScoreSizer", score),
        ("LongShortScoreSizer", score), ("FixedWeightSizer", {"weights": weights or {symbols[0]: 0.5}})])
    return {"class": name, "parameters": parameters}


def random_class_exits(chance):
    return {"rebalance": random_class_schedule(chance), "use_low_for_stop": chance.random() < 0.5} | some(chance, {
        "trailing_ma_days": [2, 5], "stop_loss_pct": [0.03, 0.1], "take_profit_pct": [0.05],
        "trailing_stop_pct": [0.04], "time_stop_days": [3, 6]})


def random_long_short(chance):
    exits = random_class_exits(chance)
    for name in ("take_profit_pct", "trailing_stop_pct", "time_stop_days"):
        exits.pop(name, None)
    return exits | {"signal_column": chance.choice(["alpha", "signed"]), "k_long": chance.randint(0, 2),
                    "k_short": chance.randint(0, 2), "long_if_high": chance.random() < 0.7,
                    "min_abs_score": chance.choice([0.0, 0.2])} | some(chance, {
                        "max_hold_days": [3, 6], "partial_exit_days": [2], "partial_exit_fraction": [0.25]})


def random_breakout(chance):
    return random_class_exits(chance) | {
        "breakout_score_column": "alpha", "breakdown_score_column": chance.choice(["signed", "alpha"]),
        "enable_shorts": chance.random() < 0.6, "short_from_breakout": chance.random() < 0.3,
        "min_abs_score": chance.choice([0.0, 0.2])} | some(chance, {"partial_exit_days": [2, 4]})


def random_strategy(chance, symbols, bars, tables):
    if chance.random() < 0.55:
        return random_pipeline(chance)
    name, parameters = chance.choice([
        ("StaticUniverseStrategy", {"rebalance": random_class_schedule(chance)} | some(chance, {
            "symbols": [chance.sample(symbols, max(1, len(symbols) - 1))], "redistribute": [True]})),
        ("BuyAndHoldStrategy", {"symbol": chance.choice(symbols)}),
        ("TopNSignalStrategy", {"signal_column": chance.choice(["alpha", "signed"]), "top_n": chance.randint(1, 3),
                                "rebalance": random_class_schedule(chance), "higher_is_better": chance.random() < 0.8}
         | some(chance, {"min_signal": [0.3]})),
        ("LongShortTopNStrategy", random_long_short(chance)), ("BreakoutStrategy", random_breakout(chance)),
        ("EpisodicPivotStrategy", {"ep_score_column": "signed", "min_ep_score": chance.choice([0.0, 0.3]),
                                   "enable_shorts": chance.random() < 0.5} | random_class_exits(chance)),
        ("TargetWeightsStrategy", {"path": f"targets_{len(tables)}.csv"})])
    if "path" in parameters:
        table = {bar: {s: round(chance.uniform(-0.5, 1), 3) for s in symbols if chance.random() < 0.7}
                 for bar in range(bars) if bar == 0 or chance.random() < 0.3}
        tables[parameters["path"]] = {bar: weights for bar, weights in table.items() if weights} or {0: {symbols[0]: 1}}
    return {"class": name, "parameters": parameters}


def random_composite(chance, symbols, bars, tables):
    legs = []
    for index in range(chance.randint(1, 4)):
        leg = {"name": f"leg {index}", "weight": chance.choice([0.5, 1.0, 2.0, 0.3]),
               "enabled": index == 0 or chance.random() < 0.8,
               "strategy": random_strategy(chance, symbols, bars, tables),
               "normalize_leg": chance.choice(["none", "none", "gross", "net"]),
               "target_gross": chance.choice([0.8, 1.0]), "target_net": chance.choice([0.5, 1.0])}
        if "path" not in leg["strategy"].get("parameters", {}) and chance.random() < 0.5:
            leg["sizing"] = random_sizer(chance, symbols)
        legs.append(leg)
    blend = {"normalize_final": chance.choice(["none", "none", "gross", "net"]),
             "target_gross": chance.choice([0.9, 1.2]), "target_net": chance.choice([0.6, 1.0])}
    return {"type": "composite", "legs": legs, "blend": blend}
