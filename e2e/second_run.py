"""A whole run once more, from the rules alone: limits on what trades (CON, W-6, W-10) and composites (CMP, W-32), over
the book of second_ledger.py."""
import math

from second_ledger import EPSILON, Ledger
from second_presets import preset
from second_strategy import Pipeline, Table


class Book(Ledger):
    """A ledger that remembers entries (BRK-13) and trades only what it is told off schedule."""

    def __init__(self, case, cash):
        super().__init__({**case, "initial_cash": cash})
        self.only = None

    def start_bar(self, bar):
        if bar == self.case["first_bar"]:
            return  # bars before are warm-up: there is nothing to finance
        for symbol, position in self.positions.items():
            position["entry"] /= self.price(bar, symbol, "split") or 1.0
        super().start_bar(bar)

    def trade(self, bar, symbol, held, weight, price, nav):
        if self.only is None or symbol in self.only:
            super().trade(bar, symbol, held, weight, price, nav)

    def execute_plan(self, bar, weights, only, kept):
        self.only = only
        rejects = len(self.rejects)
        self.execute(bar, weights, kept)
        kept = [r for r in self.rejects[rejects:] if only is None or r[1] in only]
        self.rejects[rejects:] = kept

    def fill(self, bar, symbol, held, quantity, price, closes):
        fills = len(self.fills)
        super().fill(bar, symbol, held, quantity, price, closes)
        position = self.positions.get(symbol)
        if len(self.fills) == fills or position is None:
            return
        at, shares = self.fills[-1][3], position["shares"]
        if held == 0 or (held > 0) != (shares > 0):
            position |= {"entry": at, "entry_bar": bar, "at_open": self.broker["fill_policy"] == "next_open"}
        elif abs(shares) > abs(held) + EPSILON:
            position["entry"] = (abs(held) * position["entry"] + abs(quantity) * at) / abs(shares)


class TradedLimits:
    """Limits bind only what trades; the rest of the book counts in their sums."""

    def __init__(self, policy):
        self.policy = policy

    def apply(self, wanted, traded, current):
        self.traded = traded
        self.weights = {s: (wanted if s in traded else current).get(s, 0.0) for s in sorted(set(wanted) | set(current))}
        self.hard(0.0)
        before = dict(self.weights)
        self.hold_small_changes(current)
        self.limit_turnover(current)
        if self.weights != before:
            self.hard(EPSILON)
        self.kept = {s for s in self.held_back if self.weights[s] == current.get(s)}
        return {s: w for s, w in self.weights.items() if s in traded}

    def scale(self, factor, applies):
        for symbol, weight in self.weights.items():
            if symbol in self.traded and applies(weight):
                self.weights[symbol] = weight * factor if abs(weight * factor) >= EPSILON else 0.0

    def sums(self, applies):
        """(of all, of what trades)"""
        rows = [(s, w) for s, w in self.weights.items() if applies(w)]
        return sum(w for _, w in rows), sum(w for s, w in rows if s in self.traded)

    def hard(self, slack):
        cap, most = self.policy.get("max_position_size", 1.0), self.policy.get("max_leverage", 1.0)
        for symbol in self.traded & set(self.weights):
            weight = self.weights[symbol]
            if weight < 0 and not self.policy.get("allow_short"):
                self.weights[symbol] = 0.0
            elif abs(weight) > cap + slack:
                self.weights[symbol] = math.copysign(cap, weight)
        gross = sum(map(abs, self.weights.values()))
        trades = sum(abs(w) for s, w in self.weights.items() if s in self.traded)
        if gross > most + slack and trades > 0:
            self.scale(min(1.0, max(0.0, (most - (gross - trades)) / trades)), lambda w: True)
        lowest, highest = self.policy.get("net_exposure_min"), self.policy.get("net_exposure_max")
        if lowest is not None:
            self.edge(lowest, slack, -1)
        if highest is not None:
            self.edge(highest, slack, 1)
        net, trades = self.sums(lambda w: True)
        most = self.policy.get("max_net_exposure")
        if lowest is None and highest is None and most is not None and abs(net) > most + slack and trades != 0:
            limit = math.copysign(most, net)
            self.scale(min(1.0, max(0.0, (limit - (net - trades)) / trades)), lambda w: True)

    def edge(self, limit, slack, side):
        """side -1: shorts shrink until the net is at least `limit`; side 1: longs until it is at most that."""
        net, _ = self.sums(lambda w: True)
        _, trades = self.sums(lambda w: w * side > 0)
        if (net - limit) * side > slack and trades != 0:
            self.scale(min(1.0, max(0.0, (limit - (net - trades)) / trades)), lambda w: w * side > 0)

    def hold_small_changes(self, current):
        threshold, self.held_back = self.policy.get("min_weight_change", 0.0), set()
        for symbol, weight in self.weights.items():
            held = current.get(symbol, 0.0)
            if symbol in self.traded and weight != 0 and abs(weight - held) < threshold:
                self.weights[symbol] = held if abs(held) >= EPSILON else 0.0
                self.held_back.add(symbol)

    def limit_turnover(self, current):
        turnover = sum(abs(w - current.get(s, 0.0)) for s, w in self.weights.items())
        most = self.policy.get("max_turnover")
        if most is None or turnover <= most:
            return
        for symbol in self.traded & set(self.weights):
            held = current.get(symbol, 0.0)
            weight = held + most / turnover * (self.weights[symbol] - held)
            self.weights[symbol] = weight if abs(weight) >= EPSILON else 0.0


def normalization(weights, config, mode):
    """CMP-5's factor."""
    weights = [w for w in weights if abs(w) >= EPSILON]
    gross, net = sum(map(abs, weights)), sum(weights)
    if mode == "gross":
        return config["target_gross"] / gross if gross else 0.0
    if mode == "net":
        return config["target_net"] / net if min(abs(net), abs(config["target_net"])) > EPSILON else 0.0
    return 1.0


class Leg:
    def __init__(self, case, config, alpha, strategy):
        self.config, self.alpha, self.strategy = config, alpha, strategy
        self.book = Book(case, case["initial_cash"] * alpha)
        self.weights, self.factor, self.changed, self.plan = {}, 1.0, set(), None

    def decide(self, bar):
        """None, or whether the leg is on schedule."""
        self.changed = set()
        decision = self.strategy.decide(bar, self.book.positions)
        if decision is None:
            return None
        scheduled, rows, changed = decision
        if scheduled:
            self.factor = normalization([w for w, _ in rows.values()], self.config, self.config["normalize_leg"])
            self.weights = {}
        else:
            self.changed = set(changed)
        for symbol in rows if scheduled else changed:
            weight, scale = rows.get(symbol, (0.0, 1.0))
            self.weights[symbol] = weight * self.factor * scale
        self.weights = {s: w for s, w in self.weights.items() if abs(w) >= EPSILON}
        return scheduled

    def make_plan(self, scheduled, before, after):
        """CMP-7: the leg's share of what limits left."""
        share = lambda s: after.get(s, 0.0) / before[s] if abs(before.get(s, 0.0)) >= EPSILON else 0.0
        weights = {s: w * share(s) for s, w in self.weights.items()}
        weights = {s: w if abs(w) >= EPSILON and self.alpha > EPSILON else 0.0 for s, w in weights.items()}
        self.plan = (weights, None if scheduled else self.changed) if scheduled or self.changed else None


class Run:
    def __init__(self, case):
        self.case, self.book = case, Book(case, case["initial_cash"])
        self.limits = TradedLimits(case["constraints"])
        config = case["strategy"]
        self.blend, self.final_factor = config.get("blend"), 1.0
        enabled = [leg for leg in config.get("legs", []) if leg["enabled"]]
        total = sum(leg["weight"] for leg in enabled)
        self.legs = [Leg(case, leg, leg["weight"] / total, self.strategy_of(leg["strategy"], leg.get("sizing")))
                     for leg in enabled]
        self.strategy = None if enabled else self.strategy_of(config, None)

    def strategy_of(self, config, sizer):
        sizer, stop_loss = sizer or self.case["sizing"], self.case["constraints"].get("stop_loss")
        if config.get("class") == "TargetWeightsStrategy":
            return Table(self.case, self.case["tables"][config["parameters"]["path"]], stop_loss)
        if "class" in config:
            config = preset(config["parameters"], config["class"], self.case["symbols"])
        return Pipeline(self.case, config, sizer, stop_loss)

    def wanted(self, bar):
        """None, or (scheduled, weights, changed)."""
        if self.strategy:
            decision = self.strategy.decide(bar, self.book.positions)
            if decision is None:
                return None
            scheduled, rows, changed = decision
            return scheduled, {s: w * scale for s, (w, scale) in rows.items()}, set(changed or [])
        spoken = [said for said in [leg.decide(bar) for leg in self.legs] if said is not None]
        if not spoken:
            return None
        blended = {}
        for leg in self.legs:
            for symbol, weight in leg.weights.items():
                blended[symbol] = blended.get(symbol, 0.0) + leg.alpha * weight
        if any(spoken):
            self.final_factor = normalization(blended.values(), self.blend, self.blend["normalize_final"])
        blended = {s: w * self.final_factor for s, w in blended.items() if abs(w) >= EPSILON}
        return any(spoken), blended, set().union(*[leg.changed for leg in self.legs])

    def decide(self, bar):
        wanted = self.wanted(bar)
        if wanted is None:
            return None
        scheduled, weights, changed = wanted
        weights = {s: w for s, w in weights.items() if abs(w) >= EPSILON}
        current = {s: p["shares"] * p["mark"] / self.book.nav for s, p in self.book.positions.items()}
        traded = set(weights) | set(current) if scheduled else changed
        limited = self.limits.apply({s: w for s, w in weights.items() if s in traded}, traded, current)
        for leg in self.legs:
            leg.make_plan(scheduled, weights, limited)
        return limited, None if scheduled else traded, self.limits.kept

    def execute(self, bar, plan):
        self.book.execute_plan(bar, *plan)
        for leg in self.legs:
            if leg.plan:
                leg.book.execute_plan(bar, *leg.plan, plan[2])
            leg.plan = None

    def run(self):
        books, pending = [self.book] + [leg.book for leg in self.legs], None
        bars = len(self.case["dates"])
        at_close = self.case["broker"]["fill_policy"] == "same_close"
        for bar in range(self.case["first_bar"], bars):
            for book in books:
                book.start_bar(bar)
            self.play(bar, pending, books)
            is_live = self.book.nav > 0
            pending = self.decide(bar) if is_live and (at_close or bar + 1 < bars) else None
            if at_close:
                self.play(bar, pending, books)
                pending = None
            if self.book.nav <= 0:
                for symbol in sorted(self.book.positions):
                    self.book.close_at_mark(bar, symbol)
                self.book.nav, self.book.ruined = self.book.cash, True
            self.book.bars.append((self.book.nav, self.book.cash))
            if self.book.ruined:
                break
        self.book.fills.sort(key=lambda fill: fill[:2])
        self.book.rejects.sort(key=lambda reject: reject[:2])
        return self.book

    def play(self, bar, plan, books):
        if plan is not None:
            self.execute(bar, plan)
        for book in books:
            book.mark(bar)
