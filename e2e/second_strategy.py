"""One strategy from market to wanted weights once more, from the rules alone (CS-2, CS-11, SZ-1, SZ-2, W-4..W-7, W-22):
decide() gives None, or (scheduled, {symbol: (weight, scale)}, changed)."""
from second_positions import Positions, exits_of, holding_of
from second_schedule import Schedule
from second_scores import Scores, mean_ranks, select, z_scores

EPSILON = 1e-12
KEEP_ALL = {"type": "replace_all", "replace_all": {"exit_if_not_selected": False}}


def rescaled(values, method):
    if method == "zscore":
        return z_scores(values)
    if method == "rank_percentile":
        return [2 * r / len(values) - 1 for r in mean_ranks(values)]
    spread = max(values) - min(values)
    return [(v - min(values)) / spread if spread > 0 else 0.0 for v in values]


def size(sizer, book, held):
    """{symbol: weight} of a book, scales left out (W-5)."""
    rule = sizer["parameters"]
    if sizer["class"] == "FixedWeightSizer":
        return {s: rule["weights"].get(s, 0.0) for s, row in book.items() if row[0] != 0}
    wanted = lambda side: sorted((-row[1], s) for s, row in book.items()
                                 if row[0] == side and (row[2] or row[1] != 0))
    if sizer["class"] == "EqualWeightSizer":
        longs = [s for _, s in wanted(1)][:rule["max_positions"]]
        return {s: 1.0 / len(longs) for s in longs}
    weights = {}
    for side, most in ((1, rule["max_longs"]), (-1, rule["max_shorts"])):
        names = [s for strength, s in wanted(side) if abs(strength) >= rule["min_abs_score"]]
        if rule["sticky_holdings"]:
            names.sort(key=lambda s: s not in held or held[s]["shares"] * side <= 0)
        names = names[:most]
        budget = max(0.0, (rule["gross_target"] + side * rule["net_target"]) / 2)
        by_score = rule["weight_mode"] == "score"
        base = {s: abs(book[s][1]) ** rule["score_power"] if by_score else 1.0 for s in names}
        total = sum(base.values())
        weights |= {s: side * budget * (base[s] / total if total > 0 else 1 / len(names)) for s in names}
    return {s: w for s, w in weights.items() if abs(w) >= EPSILON}


class Pipeline:
    def __init__(self, case, config, sizer, stop_loss):
        self.case, self.config, self.sizer = case, config, sizer
        self.schedule = Schedule(config["rebalance"])
        self.scores = Scores(case, config["universe"], config["scoring"])
        self.positions = Positions(case)
        self.holding = holding_of(config.get("holding_policy", KEEP_ALL), self.positions)
        self.exits = config.get("exits", {"rules": [], "precedence": "exit_over_scale", "cooldown_bars": 0})
        first = [{"type": "stop_loss", "pct": stop_loss}] if stop_loss else []  # W-11
        self.rules = first + self.exits["rules"]
        self.steps = config.get("postprocess", {}).get("steps", [])
        self.selected, self.weights, self.scales, self.blocked_to = {}, {}, {}, {}

    def decide(self, bar, held):
        day = self.case["dates"][bar]
        is_due = self.schedule.due(bar, day, bool(held))
        self.positions.sync(bar, held)
        eligible = self.scores.eligible(bar)
        raw = self.scores.at(bar, eligible)
        selected = self.select(bar, raw) if is_due else None
        rebalancing = selected is not None
        if rebalancing:
            self.schedule.commit(bar, day)
            self.selected = dict(selected)
        exits = exits_of(self.positions, self.scores, bar, self.rules, self.exits["precedence"])
        merged = self.holding.merge(bar, rebalancing, selected, self.selected, raw)
        book = {s: row for s, row in sorted(merged.items()) if s not in exits and row[0] != 0}
        book = {s: (*row[:3], min(row[3], self.scale_of(s))) for s, row in book.items()}
        for symbol in exits:
            self.selected.pop(symbol, None)  # W-22
        changed = None if rebalancing else self.changed(book, exits)
        if changed == []:
            return None
        self.postprocess(book)
        if rebalancing:
            self.weights = size(self.sizer, self.with_unlisted(book, exits, eligible), held)
            self.scales = {s: row[3] for s, row in book.items()}
        for symbol in changed or []:
            if symbol in book:
                self.scales[symbol] = book[symbol][3]
            else:
                self.weights.pop(symbol, None)
        self.block(bar, exits, book)
        for symbol in set(book) & set(self.positions.of):
            self.positions.of[symbol].last = book[symbol][:3]
        return rebalancing, {s: (w, self.scales.get(s, 1.0)) for s, w in self.weights.items()}, changed

    def select(self, bar, raw):
        """None where enforce_min_candidates skips."""
        picks = select(raw, self.config["selection"])
        fewest = [step["min_total"] for step in self.steps if step["type"] == "enforce_min_candidates"]
        if fewest and len(picks) < fewest[0]:
            return None
        may_enter = lambda s: s in self.positions.of or self.blocked_to.get(s, -1) < bar
        return {s: (*pick, False) for s, pick in picks.items() if may_enter(s)}

    def scale_of(self, symbol):
        return self.positions.of[symbol].scale if symbol in self.positions.of else 1.0

    def changed(self, book, exits):
        changed = set(exits)
        for symbol in self.positions.of:
            if self.weights.get(symbol, 0.0) == 0:
                continue
            if symbol not in book or abs(book[symbol][3] - self.scales.get(symbol, 1.0)) > EPSILON:
                changed.add(symbol)
        return sorted(changed)

    def with_unlisted(self, book, exits, eligible):
        unlisted = [s for s in self.config.get("cash_for_unlisted", []) if s not in eligible and s not in exits]
        return dict(sorted((book | {s: (1, 1.0, False, 1.0) for s in unlisted if s not in book}).items()))

    def block(self, bar, exits, book):
        """Cooldowns: after exits, and with sticky's after any end of a position."""
        sticky = self.holding.rule.get("reentry_cooldown_days") or 0
        until = bar + max(self.exits["cooldown_bars"], sticky)
        for symbol in exits:
            self.blocked_to[symbol] = max(self.blocked_to.get(symbol, -1), until)
        for symbol in self.positions.of if sticky else []:
            if symbol not in book or not self.weights.get(symbol) or book[symbol][3] <= 0:
                self.blocked_to[symbol] = max(self.blocked_to.get(symbol, -1), bar + sticky)

    def postprocess(self, book):
        for step in self.steps:
            if step["type"] == "clamp":
                self.clamp(step, book)
            if step["type"] == "normalize":
                for side in (1, -1):
                    names = [s for s in book if book[s][0] == side]
                    strengths = rescaled([book[s][1] for s in names], step["method"]) if names else []
                    book |= {s: (side, v, True, book[s][3]) for s, v in zip(names, strengths)}
            if step["type"] == "sticky_scores":
                self.smooth(step["alpha"], book)

    def clamp(self, step, book):
        for symbol, (side, strength, is_relative, scale) in book.items():
            value = max(step["min"], min(step["max"], side * strength)) * side
            book[symbol] = (side, max(0.0, value) if strength >= 0 else value, is_relative, scale)

    def smooth(self, alpha, book):
        for symbol, (side, strength, is_relative, scale) in book.items():
            last = self.positions.of[symbol].last if symbol in self.positions.of else None
            if last is None:
                continue
            value = alpha * last[0] * last[1] + (1 - alpha) * side * strength
            if is_relative:
                book[symbol] = (side, value * side, True, scale)
            else:
                book[symbol] = ((value > 0) - (value < 0) or side, abs(value), False, scale)


class Table:
    """TargetWeightsStrategy: the rows of a date are the whole target; the stop loss of the limits beats them (W-11)."""

    def __init__(self, case, decisions, stop_loss):
        self.decisions, self.positions, self.scores = decisions, Positions(case), Scores(case, None, None)
        self.rules = [{"type": "stop_loss", "pct": stop_loss}] if stop_loss else []
        self.weights = {}

    def decide(self, bar, held):
        self.positions.sync(bar, held)
        exits = exits_of(self.positions, self.scores, bar, self.rules, "exit_over_scale")
        is_scheduled = bar in self.decisions
        if not is_scheduled and not exits:
            return None
        weights = self.decisions[bar] if is_scheduled else self.weights
        self.weights = {s: w for s, w in weights.items() if s not in exits and w != 0}
        return is_scheduled, {s: (w, 1.0) for s, w in self.weights.items()}, None if is_scheduled else sorted(exits)
