"""Universe, scorings and selections once more, from the rules alone (CS-5, CS-7, CS-8): every bar scans its history."""
import math


def is_near(one, other):
    return abs(one - other) <= 1e-12 * max(abs(one), abs(other))


def z_scores(values):
    mean = sum(values) / len(values)
    deviation = math.sqrt(sum((v - mean) ** 2 for v in values) / len(values))
    return [0.0 if deviation <= 1e-15 * max(map(abs, values)) else (v - mean) / deviation for v in values]


def mean_ranks(values):
    """NUM-13: ties share the mean of their positions."""
    ascending = sorted(values)
    return [ascending.index(v) + (ascending.count(v) + 1) / 2 for v in values]


def quantile(values, q):
    ascending = sorted(values)
    position = q * 100 / 100 * (len(values) - 1)
    low = math.floor(position)
    high, part = min(low + 1, len(values) - 1), position - low
    step = ascending[high] - ascending[low]
    return ascending[low] + step * part if part < 0.5 else ascending[high] - step * (1 - part)


def has_row(case, bar, symbol):
    return (bar, symbol) in case["rows"]


def has_price(case, bar, symbol):
    """For delistings, and before a listing, a row without any price is none (DATA-26)."""
    row = case["rows"].get((bar, symbol), {})
    return any(row.get(field) is not None for field in ("open", "high", "low", "close"))


class Scores:
    def __init__(self, case, universe, scoring):
        self.case, self.universe, self.scoring = case, universe, scoring

    def price(self, bar, symbol, field="close"):
        return self.case["rows"].get((bar, symbol), {}).get(field)

    def closes(self, bar, symbol):
        """Own closes up to `bar`, in its unit."""
        closes = []
        for past in range(bar + 1):
            split, close = self.price(past, symbol, "split"), self.price(past, symbol)
            closes = [c / split for c in closes] if split else closes
            closes += [] if close is None else [close]
        return closes

    def eligible(self, bar):
        source = self.universe["source"]
        priced = lambda s: has_row(self.case, bar, s)
        signalled = lambda s: (bar, s) in self.case["signals"]
        was_listed = lambda s: any(has_price(self.case, past, s) for past in range(bar + 1))
        of = {"prices": priced, "signals": signalled, "listed": was_listed,
              "intersection": lambda s: priced(s) and signalled(s)}[source]
        allowed = self.universe.get("whitelist", self.case["symbols"])
        return [s for s in self.case["symbols"] if of(s) and s in allowed]

    def at(self, bar, eligible, scoring=None):
        scoring = scoring or self.scoring
        return getattr(self, scoring["type"])(bar, eligible, scoring)

    def filled(self, bar, eligible, column, fill, sign=1):
        rows = {s: self.case["signals"][bar, s][column] for s in eligible if (bar, s) in self.case["signals"]}
        known = [sign * v for v in rows.values() if v is not None]
        missing = sum(known) / len(known) if known and fill == "mean" else 0.0
        return {s: missing if v is None else sign * v for s, v in rows.items() if v is not None or fill != "drop"}

    def column(self, bar, eligible, scoring):
        sign = 1 if scoring.get("higher_is_better", True) else -1
        return self.filled(bar, eligible, scoring["column"], scoring.get("fillna", "drop"), sign)

    def constant(self, bar, eligible, scoring):
        return {s: scoring.get("value", 1.0) for s in eligible}

    def weighted_sum(self, bar, eligible, scoring):
        terms = [(self.filled(bar, eligible, t["column"], scoring["fillna"]), t["weight"]) for t in scoring["terms"]]
        sums = {s: sum(weight * values[s] for values, weight in terms)
                for s in eligible if all(s in values for values, _ in terms)}
        if sums and scoring["normalize"] == "zscore":
            return dict(zip(sums, z_scores(list(sums.values()))))
        if sums and scoring["normalize"] == "rank_percentile":
            return dict(zip(sums, [r / len(sums) for r in mean_ranks(list(sums.values()))]))
        return sums

    def max_of(self, bar, eligible, scoring):
        best = {}
        for part in scoring["scores"]:
            sign = -1 if part["type"] == "negate_column" else 1
            for symbol, value in self.filled(bar, eligible, part["column"], "drop", sign).items():
                if symbol not in best or abs(value) > abs(best[symbol]):
                    best[symbol] = value
        return dict(sorted(best.items()))

    def rank_transform(self, bar, eligible, scoring):
        base = self.at(bar, eligible, scoring["base"])
        values = [v if scoring.get("ascending", True) else -v for v in base.values()]
        if scoring["method"] == "dense_rank":
            return dict(zip(base, [float(sorted(set(values)).index(v) + 1) for v in values]))
        return dict(zip(base, [r / len(values) for r in mean_ranks(values)]))

    def breakout_class(self, bar, eligible, scoring):
        """STR-8.3: the breakout, or the breakdown as a negative number where that is larger."""
        scores = {}
        for symbol in eligible:
            row = self.case["signals"].get((bar, symbol), {})
            best, down = row.get(scoring["breakout_score_column"]), row.get(scoring["breakdown_score_column"])
            short = None if down is None else -abs(down)
            if short is None and best is not None and scoring["short_from_breakout"]:
                short = -abs(best)
            if scoring["enable_shorts"] and short is not None and (best is None or abs(short) > abs(best)):
                best = short
            if best is not None and abs(best) >= scoring["min_abs_score"]:
                scores[symbol] = best
        return scores

    def episodic_pivot_class(self, bar, eligible, scoring):
        values = self.filled(bar, eligible, scoring["ep_score_column"], "drop")
        least, may_short = scoring["min_ep_score"], scoring["enable_shorts"]
        return {s: v for s, v in values.items() if v >= least or (may_short and v < -least)}

    def momentum(self, bar, eligible, scoring):
        scores = {}
        for symbol in eligible:
            closes = self.closes(bar, symbol)
            if self.price(bar, symbol) is not None and len(closes) > scoring["lookback"]:
                scores[symbol] = closes[-1 - scoring["skip"]] / closes[-1 - scoring["lookback"]] - 1
        return scores

    def price_breakout(self, bar, eligible, scoring):
        scores, is_percent = {}, scoring["scale"] == "pct"
        for symbol in eligible:
            closes = self.closes(bar, symbol)
            if self.price(bar, symbol) is None or len(closes) <= scoring["lookback"]:
                continue
            before, last = closes[-1 - scoring["lookback"]:-1], closes[-1]
            level = max(before) if scoring["mode"] == "breakout" else min(before)
            if is_near(last, level):
                continue
            if scoring["mode"] == "breakout" and last > level:
                scores[symbol] = last / level - 1 if is_percent else last - level
            if scoring["mode"] == "breakdown" and last < level:
                scores[symbol] = 1 - level / last if is_percent else last - level
        return scores


def descending(scores):
    return sorted(scores, key=lambda pair: (-pair[1], pair[0]))


def ascending(scores):
    return sorted(scores, key=lambda pair: (pair[1], pair[0]))


def by_levels(scores, long_from, short_to, allow_short):
    picks = {}
    for symbol, value in scores.items():
        if value >= long_from:
            picks[symbol] = (1, abs(value))
        elif allow_short and value <= short_to:
            picks[symbol] = (-1, abs(value))
    return picks


def select(scores, selection):
    """{symbol: (side, strength)}"""
    kind = selection["type"]
    rule, pairs = selection.get(kind, {}), list(scores.items())
    if kind == "signed":
        return {s: ((v > 0) - (v < 0), abs(v)) for s, v in pairs}
    if kind == "threshold":
        return by_levels(scores, rule["long_if_gte"], rule["short_if_lte"], rule["allow_short"])
    if kind == "quantiles":
        if not scores:
            return {}
        levels = [quantile(list(scores.values()), rule[q]) for q in ("long_q", "short_q")]
        return by_levels(scores, *levels, rule["allow_short"])
    if kind == "topn":
        lowest, is_long = rule["min_score"], rule["side"] == "long"
        if lowest is not None and is_long:
            pairs = [p for p in pairs if p[1] >= lowest]
        elif lowest is not None and lowest >= 0:
            pairs = [p for p in pairs if p[1] <= -lowest]
        ranked = descending(pairs) if is_long == rule["higher_is_better"] else ascending(pairs)
        return {s: (1 if is_long else -1, abs(v)) for s, v in ranked[:rule["n"]]}
    return both_ends([p for p in pairs if abs(p[1]) >= rule["min_abs_score"]], rule)


def both_ends(pairs, rule):
    signs = {v > 0 for _, v in pairs if v != 0}
    if rule["allow_short"] and len(signs) == 2:
        longs = descending([p for p in pairs if p[1] > 0])[:rule["long_n"]]
        shorts = ascending([p for p in pairs if p[1] < 0])[:rule["short_n"]]
    else:
        first, second = (descending, ascending) if rule["long_if_high"] else (ascending, descending)
        longs = first(pairs)[:rule["long_n"]]
        shorts = second([p for p in pairs if p not in longs])[:rule["short_n"]] if rule["allow_short"] else []
    return {s: (1, abs(v)) for s, v in longs} | {s: (-1, abs(v)) for s, v in shorts}
