"""What a strategy remembers of its positions, exit rules and holding policies once more, from the rules alone (CS-3,
CS-9, CS-10, W-17, W-22, W-30)."""
import math

from second_scores import has_row, is_near


class Position:
    """Marks and days since the entry."""

    def __init__(self, held, before):
        self.side, self.entry_bar = (1 if held["shares"] > 0 else -1), held["entry_bar"]
        self.entry = self.high = self.low = held["entry"]
        self.scale, self.was_cut, self.dropped_on, self.days = 1.0, False, None, 0
        self.last = before.last if before else None

    def split(self, ratio):
        self.entry, self.high, self.low = self.entry / ratio, self.high / ratio, self.low / ratio

    def widen(self, row):
        high, low = row["high"], row["low"]
        high, low = (row["close"] if v is None else v for v in (high, low))
        self.high = self.high if high is None else max(self.high, high)
        self.low = self.low if low is None else min(self.low, low)


class Positions:
    def __init__(self, case):
        self.case, self.of = case, {}

    def sync(self, bar, held):
        current = {}
        for symbol, position in sorted(held.items()):
            known = self.of.get(symbol)
            is_same = known and known.entry_bar == position["entry_bar"] and known.side * position["shares"] > 0
            state = known if is_same else Position(position, known)
            row = self.case["rows"].get((bar, symbol))
            if not is_same and has_row(self.case, state.entry_bar, symbol):
                state.days = 1
            if state.entry_bar < bar:  # held through this bar; a fill at the last close is first seen here
                if is_same and row and row["split"]:
                    state.split(row["split"])
                state.days += 1 if has_row(self.case, bar, symbol) else 0
            if row and (state.entry_bar < bar or position["at_open"]):
                state.widen(row)
            current[symbol] = state
        self.of = current


def exits_of(positions, scores, bar, rules, precedence):
    """Symbols to close; partial exits lower their position's scale."""
    exits = set()
    for symbol, state in positions.of.items():
        is_exit, scale = False, None
        for rule in rules:
            found = judge(rule, state, scores, bar, symbol)
            is_exit = is_exit or found is True
            scale = found if isinstance(found, float) else scale
            if precedence == "first_match" and found is not False:
                break
        if is_exit and scale is not None:
            is_exit, scale = (False, scale) if precedence == "scale_over_exit" else (True, None)
        if scale is not None:
            state.scale = min(state.scale, scale)
        if is_exit:
            exits.add(symbol)
    return exits


def judge(rule, state, scores, bar, symbol):
    """True: exit; a number: the scale of a partial exit; False: nothing."""
    kind = rule["type"]
    if kind == "time_stop":
        return state.days >= rule["days"] > 0
    if kind == "partial_exit_after_days":
        if state.days < rule["days"] or (rule["once"] and state.was_cut):
            return False
        state.was_cut = state.was_cut or rule["once"]
        return max(0.0, 1.0 - rule["fraction"])
    close = scores.price(bar, symbol)
    if close is None:
        return False
    if kind == "trailing_ma":
        closes = scores.closes(bar, symbol)[-rule["days"]:]
        mean = math.fsum(closes) / len(closes)
        if len(closes) < rule["days"] or is_near(close, mean):
            return False
        return close > mean if rule["side_aware"] and state.side < 0 else close < mean
    best, worst = scores.price(bar, symbol, "high"), scores.price(bar, symbol, "low")
    best, worst = (worst, best) if state.side < 0 else (best, worst)
    best, worst = (close if v is None else v for v in (best, worst))
    worst = worst if rule.get("use_intraday_extremes", True) else close
    if kind == "take_profit":
        return reaches(best, state.entry * (1 + state.side * rule["pct"]), state.side)
    mark = state.high if state.side > 0 else state.low
    since = mark if kind == "trailing_stop" and rule["uses_hwm_lwm"] else state.entry
    return reaches(worst, since * (1 - state.side * rule["pct"]), -state.side)


def reaches(price, level, direction):
    return (price - level) * direction >= 0 or is_near(price, level)


DEFAULTS = {"replace_all": {}, "sticky": {"keep_if_rank_within_multiple": 2.0},
            "grace_period": {"min_hold_days": 3, "exit_only_on_risk": True},
            "decay": {"dropped_scale": 0.5, "decay_days": 5}}


class Hybrid:
    """The overlay sees the base's result as selected; its scales hold where it has some."""

    rule = {}

    def __init__(self, names, positions):
        self.base, self.overlay = (Holding({"type": name, name: DEFAULTS[name]}, positions)
                                   for name in (names["base"], names["overlay"]))

    def merge(self, bar, rebalancing, selected, last_selected, raw):
        base = self.base.merge(bar, rebalancing, selected, last_selected, raw)
        kept = {s: row[:3] for s, row in base.items()}
        merged = self.overlay.merge(bar, rebalancing, kept, kept, raw)
        return {s: (*row[:3], base[s][3]) if s in base and row[3] == 1.0 else row for s, row in merged.items()}


def holding_of(config, positions):
    return Hybrid(config["hybrid"], positions) if config["type"] == "hybrid" else Holding(config, positions)


class Holding:
    """CS-9: {symbol: (side, strength, is_relative, scale)} of what is selected and what is held."""

    def __init__(self, config, positions):
        self.kind, self.positions = config["type"], positions
        self.rule = config.get(self.kind, {})

    def merge(self, bar, rebalancing, selected, last_selected, raw):
        if self.kind == "decay":
            return self.decay(bar, selected if rebalancing else last_selected)
        merged = {s: (*pick, 1.0) for s, pick in selected.items()} if rebalancing else {}
        keeps = getattr(self, self.kind)(bar, selected, raw) if rebalancing else (lambda s: True)
        for symbol, state in self.positions.of.items():
            if symbol not in merged and keeps(symbol):
                merged[symbol] = (*self.refreshed(symbol, state, raw), 1.0)
        return merged

    def known(self, state):
        return state.last or (state.side, 1.0, False)

    def refreshed(self, symbol, state, raw):
        if not self.rule.get("refresh_held_scores") or symbol not in raw:
            return self.known(state)
        is_turned = self.rule["refresh_mode"] == "raw" and raw[symbol] * state.side < 0
        return (-state.side if is_turned else state.side, abs(raw[symbol]), False)

    def replace_all(self, bar, selected, raw):
        return lambda s: not self.rule.get("exit_if_not_selected", True)

    def grace_period(self, bar, selected, raw):
        return lambda s: (self.rule["exit_only_on_risk"]
                          or bar - self.positions.of[s].entry_bar < self.rule["min_hold_days"])

    def sticky(self, bar, selected, raw):
        """For topn of the longs from 0 on. Where not both signs occur, shorts are those at the lower end."""
        kept, has_both = {}, any(v < 0 for v in raw.values()) and any(v > 0 for v in raw.values())
        may_stay = {1: lambda v: v >= 0, -1: lambda v: v < 0 or not has_both}
        for side in (1, -1):
            count = sum(1 for pick in selected.values() if pick[0] == side)
            places = round(self.rule["keep_if_rank_within_multiple"] * max(1, count))
            ranked = sorted((-side * v, s) for s, v in raw.items() if may_stay[side](v))
            kept[side] = {s for _, s in ranked[:places]}
        return lambda s: s in kept[self.positions.of[s].side]

    def decay(self, bar, selected):
        merged = {s: (*pick, 1.0) for s, pick in selected.items()}
        lowest, days = self.rule["dropped_scale"], self.rule["decay_days"]
        for symbol, state in self.positions.of.items():
            if symbol in selected:
                state.dropped_on = None
                continue
            state.dropped_on = bar if state.dropped_on is None else state.dropped_on
            bars = bar - state.dropped_on
            if days > 0 and bars >= days:
                continue
            merged[symbol] = (*self.known(state), 1 - bars / days * (1 - lowest) if days > 0 else lowest)
        return merged
