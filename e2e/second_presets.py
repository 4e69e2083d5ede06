"""Class strategies as pipelines once more, from the rules alone (STR-4..9, CS-13)."""

REFRESHED = {"exit_if_not_selected": False, "refresh_held_scores": True, "refresh_mode": "abs_signed"}


def schedule_of(parameters):
    rebalance = parameters.get("rebalance", "daily")
    if isinstance(rebalance, int):
        return {"freq": "every_n_calendar_days", "every_n_calendar_days": rebalance}
    return {"freq": rebalance} if isinstance(rebalance, str) else rebalance


def exits_of_class(parameters, average_days):
    """Rules whose parameter is given. Breakout and EpisodicPivot ask time before loss, as LongShort does."""
    by_extremes = {"use_intraday_extremes": parameters.get("use_low_for_stop", True)}
    rules = [
        (average_days, {"type": "trailing_ma", "days": average_days, "side_aware": True}),
        ("time_stop_days", {"type": "time_stop", "days": None}), ("max_hold_days", {"type": "time_stop", "days": None}),
        ("stop_loss_pct", {"type": "stop_loss", "pct": None} | by_extremes),
        ("take_profit_pct", {"type": "take_profit", "pct": None}),
        ("trailing_stop_pct", {"type": "trailing_stop", "pct": None, "uses_hwm_lwm": True} | by_extremes),
        ("partial_exit_days", {"type": "partial_exit_after_days", "days": None, "once": True,
                               "fraction": parameters.get("partial_exit_fraction", 0.5)})]
    given = [{k: parameters[name] if v is None else v for k, v in rule.items()}
             for name, rule in rules if name and (name in parameters or name == average_days)]
    return {"rules": given, "precedence": "exit_over_scale", "cooldown_bars": 0}


def top_of_signals(parameters):
    top = {"n": parameters["top_n"], "side": "long", "min_score": parameters.get("min_signal"),
           "higher_is_better": parameters["higher_is_better"]}
    return {"selection": {"type": "topn", "topn": top}, "holding_policy": {"type": "replace_all"},
            "scoring": {"type": "column", "column": parameters["signal_column"]}}


def both_ends_of_signals(parameters):
    ends = {"long_n": parameters["k_long"], "short_n": parameters["k_short"], "allow_short": parameters["k_short"] > 0,
            "min_abs_score": parameters["min_abs_score"], "long_if_high": parameters["long_if_high"]}
    return {"selection": {"type": "long_short_topn", "long_short_topn": ends},
            "holding_policy": {"type": "replace_all", "replace_all": REFRESHED},
            "scoring": {"type": "column", "column": parameters["signal_column"]},
            "exits": exits_of_class(parameters, parameters.get("trailing_ma_days"))}


def preset(parameters, name, symbols):
    common = {"rebalance": schedule_of(parameters), "universe": {"source": "signals"}, "selection": {"type": "signed"}}
    if name == "TopNSignalStrategy":
        return common | top_of_signals(parameters)
    if name == "LongShortTopNStrategy":
        return common | both_ends_of_signals(parameters)
    if name == "BreakoutStrategy":
        return common | {"scoring": {"type": "breakout_class"} | parameters,
                         "exits": exits_of_class(parameters, parameters.get("trailing_ma_days", 10))}
    if name == "EpisodicPivotStrategy":
        return common | {"scoring": {"type": "episodic_pivot_class"} | parameters,
                         "exits": exits_of_class(parameters, parameters.get("trailing_ma_days", 20))}
    is_once = name == "BuyAndHoldStrategy"
    names = [parameters["symbol"]] if is_once else parameters.get("symbols", symbols)
    config = common | {"universe": {"source": "listed", "whitelist": names}, "scoring": {"type": "constant"}}
    config |= {"rebalance": {"freq": "once"}} if is_once else {"holding_policy": {"type": "replace_all"}}
    return config if parameters.get("redistribute") else config | {"cash_for_unlisted": names}
