"""The broker, the limits and the ledger once more, in Python, from the rules alone: slow, plain and independent of the
engine. ledger_differential_test.py compares the two. A case is a dict: symbols (ascending), dates, rows
{(bar, symbol): {open, close, volume, split, dividend}}, broker, constraints, delist_after_bars, targets
{bar: {symbol: weight}}, initial_cash."""
import math

from second_scores import has_price

EPSILON = 1e-12
REASONS = ["missing_open_price", "rounded_to_zero", "participation_cap", "min_trade_shares", "min_trade_notional",
           "cash_cap"]  # BRK-11
ROUND = {"toward_zero": math.trunc, "nearest": round, "floor": math.floor, "ceil": math.ceil}


class Limits:
    """CON-1..CON-10 with W-10. Hits are (constraint, symbol or None)."""

    def __init__(self, policy):
        self.policy = policy

    def hard(self, weights, hits, slack):
        kept = {}
        cap = self.policy.get("max_position_size", 1.0)
        for symbol, weight in weights.items():
            if weight < 0 and not self.policy.get("allow_short"):
                hits.append(("shorts_disallowed", symbol))
                continue
            if abs(weight) > cap + slack:
                hits.append(("position_cap", symbol))
                weight = math.copysign(cap, weight)
            if weight != 0:
                kept[symbol] = weight
        gross, most = sum(map(abs, kept.values())), self.policy.get("max_leverage", 1.0)
        if gross > most + slack:
            hits.append(("max_leverage", None))
            kept = self.scaled(kept, most / gross)
        if {"net_exposure_min", "net_exposure_max"} & set(self.policy):
            return self.band(kept, hits, slack)
        net, most = sum(kept.values()), self.policy.get("max_net_exposure")
        if most is not None and abs(net) > most + slack:
            hits.append(("max_net_exposure", None))
            kept = self.scaled(kept, most / abs(net))
        return kept

    def band(self, weights, hits, slack):
        lowest, highest = self.policy.get("net_exposure_min"), self.policy.get("net_exposure_max")
        longs, shorts = self.sides(weights)
        if lowest is not None and weights and sum(weights.values()) < lowest - slack:
            if shorts < 0:
                hits.append(("net_exposure_min", None))
                weights = self.scaled(weights, min(1.0, max(0.0, (lowest - longs) / shorts)), lambda w: w < 0)
            else:
                hits.append(("net_exposure_min_unachievable", None))
        longs, shorts = self.sides(weights)
        if highest is not None and weights and sum(weights.values()) > highest + slack:
            if longs > 0:
                hits.append(("net_exposure_max", None))
                weights = self.scaled(weights, min(1.0, max(0.0, (highest - shorts) / longs)), lambda w: w > 0)
            else:
                hits.append(("net_exposure_max_unachievable", None))
        return weights

    @staticmethod
    def sides(weights):
        return sum(w for w in weights.values() if w > 0), sum(w for w in weights.values() if w < 0)

    @staticmethod
    def scaled(weights, factor, which=lambda weight: True):
        scaled = {symbol: weight * factor if which(weight) else weight for symbol, weight in weights.items()}
        return {symbol: weight for symbol, weight in scaled.items() if abs(weight) >= EPSILON}

    def apply(self, weights, current):
        hits = []
        weights = self.hard(dict(sorted(weights.items())), hits, 0.0)
        before, held_back = len(hits), []
        symbols = sorted(set(weights) | set(current))
        threshold = self.policy.get("min_weight_change", 0.0)
        if threshold > 0:
            held_back = [s for s in symbols if weights.get(s, 0.0) != 0
                         and abs(weights.get(s, 0.0) - current.get(s, 0.0)) < threshold]
            if any(abs(weights[s] - current.get(s, 0.0)) >= EPSILON for s in held_back):
                hits.append(("min_weight_change", None))
            weights = {s: current.get(s, 0.0) if s in held_back else weights.get(s, 0.0) for s in symbols}
            weights = {s: w for s, w in weights.items() if abs(w) >= EPSILON}
        turnover = sum(abs(weights.get(s, 0.0) - current.get(s, 0.0)) for s in symbols)
        most = self.policy.get("max_turnover")
        if most is not None and turnover > most:
            hits.append(("max_turnover", None))
            weights = {s: current.get(s, 0.0) + most / turnover * (weights.get(s, 0.0) - current.get(s, 0.0))
                       for s in symbols}
            weights = {s: w for s, w in weights.items() if abs(w) >= EPSILON}
        if len(hits) > before:
            weights = self.hard(weights, hits, EPSILON)
        self.kept = {s for s in held_back if s in weights and weights[s] == current.get(s)}
        return weights, hits


class Ledger:
    def __init__(self, case):
        self.case, self.broker = case, case["broker"]
        self.cash = self.nav = case["initial_cash"]
        self.positions, self.waiting, self.orders = {}, {}, []
        self.fills, self.rejects, self.hits, self.bars = [], [], [], []
        self.ruined = False

    def price(self, bar, symbol, field):
        return self.case["rows"].get((bar, symbol), {}).get(field)

    def value(self):
        return sum(p["shares"] * p["mark"] for _, p in sorted(self.positions.items()))

    def start_bar(self, bar):
        rates = self.broker.get("financing")
        if bar > 0 and rates:
            years = (self.case["dates"][bar] - self.case["dates"][bar - 1]).days / 365
            short = sum(p["shares"] * p["mark"] for p in self.positions.values() if p["shares"] < 0)
            rate = rates["cash_rate"] if self.cash >= 0 else rates["margin_rate"]
            self.cash += (self.cash * rate + short * rates["borrow_rate"]) * years
        for symbol, position in sorted(self.positions.items()):
            split, dividend = self.price(bar, symbol, "split"), self.price(bar, symbol, "dividend")
            if split:
                position["shares"] *= split
                position["mark"] /= split
            if dividend:
                self.cash += position["shares"] * dividend
        after = self.case["delist_after_bars"]
        for symbol, position in sorted(self.positions.items()):
            position["absent"] = 0 if has_price(self.case, bar, symbol) else position["absent"] + 1
            if after and position["absent"] >= after:
                self.close_at_mark(bar, symbol)
        if not self.broker.get("allow_fractional_shares", True):
            self.pay_fractions(bar)

    def pay_fractions(self, bar):
        for symbol, position in sorted(self.positions.items()):
            if not self.price(bar, symbol, "split"):
                continue
            whole = round(position["shares"])
            if abs(position["shares"] - whole) > 1e-9 * max(1.0, abs(whole)):
                whole = math.trunc(position["shares"])
                fraction = position["shares"] - whole
                self.cash += fraction * position["mark"]
                self.fills.append((bar, symbol, -fraction, position["mark"], 0.0, self.cash))
            position["shares"] = float(whole)
            if whole == 0:
                del self.positions[symbol]

    def close_at_mark(self, bar, symbol):
        position = self.positions.pop(symbol)
        self.cash += position["shares"] * position["mark"]
        self.fills.append((bar, symbol, -position["shares"], position["mark"], 0.0, self.cash))

    def execute(self, bar, targets, kept=frozenset()):
        """The orders of these targets; None: of what waits for a price alone."""
        field = "open" if self.broker["fill_policy"] == "next_open" else "close"
        nav = self.cash
        for symbol, position in sorted(self.positions.items()):
            price = self.price(bar, symbol, field)
            nav += position["shares"] * (position["mark"] if price is None else price)
        if targets is None:
            tried, wanted = self.waiting, {s: weight for s, (weight, _) in self.waiting.items()}
        else:
            tried, wanted = {}, {s: targets.get(s, 0.0) for s in (set(self.positions) | set(targets)) - kept}
        self.waiting, priced = {}, []
        for symbol, weight in sorted(wanted.items()):
            held = self.positions[symbol]["shares"] if symbol in self.positions else 0.0
            price = self.price(bar, symbol, field)
            if held == 0 and weight == 0:
                continue
            if price is not None:
                priced.append((symbol, held, weight, price))
                continue
            left = tried[symbol][1] - 1 if symbol in tried else self.broker.get("unfilled_bars", 5)
            if self.broker.get("unfilled") == "retry" and left > 0:
                self.waiting[symbol] = (weight, left)
            else:
                self.rejects.append((bar, symbol, "missing_open_price", 0.0))
        if self.broker.get("cost_financing") == "self_financing":
            nav = self.nav_after_costs(priced, nav)
        self.nav_of_orders = nav
        for symbol, held, weight, price in priced:
            if nav > 0:
                self.trade(bar, symbol, held, weight, price, nav)
        self.send(bar)

    def nav_after_costs(self, priced, nav):
        low, high = 0.0, nav
        for _ in range(200):
            middle, costs = (low + high) / 2, 0.0
            for _, held, weight, price in priced:
                quantity = -held if weight == 0 else (weight * middle - held * price) / price
                if weight == 0 or abs(quantity * price) >= 1e-9 * middle:
                    at = price * (1 + self.impact() * (1 if quantity > 0 else -1))
                    costs += abs(quantity) * abs(at - price) + self.commission(quantity, quantity * at)
            low, high = (middle, high) if nav - costs >= middle else (low, middle)
        return low

    def order_pays(self):
        return self.broker.get("reserve_costs") or self.broker.get("cost_financing") == "each_order"

    def trade(self, bar, symbol, held, weight, price, nav):
        broker, closes = self.broker, weight == 0
        quantity = -held if closes else (weight * nav - held * price) / price
        if not closes and abs(quantity * price) < 1e-9 * nav:
            return
        lot = broker.get("lot_size", 1)
        whole = not broker.get("allow_fractional_shares", True) or lot != 1
        if not closes:
            if self.order_pays() and quantity > 0:
                quantity = self.affordable(quantity * price, price)
            elif self.order_pays():
                quantity = -self.raising(-quantity * price, price)
                if weight > 0 and quantity <= -held:
                    quantity, closes = -held, True
            if whole:
                holding = ROUND[broker.get("rounding_mode", "toward_zero")]((held + quantity) / lot) * lot
                closes = holding == 0 and held != 0
                quantity = holding - held
            if abs(quantity) < EPSILON:  # also a buy worth less than its commission
                self.rejects.append((bar, symbol, "rounded_to_zero", 0.0))
                return
        self.orders.append((symbol, held, quantity, price, closes, weight * nav - held * price))

    def send(self, bar):
        orders, self.orders = self.orders, []
        capped = self.broker.get("cost_financing") == "cash_capped"
        if capped:
            orders.sort(key=lambda order: (order[5], order[0]))
        for symbol, held, quantity, price, closes, _ in orders:
            if capped and quantity > 0:
                most = self.affordable(max(0.0, self.cash), price)
                if not self.broker.get("allow_fractional_shares", True) or self.broker.get("lot_size", 1) != 1:
                    lot = self.broker.get("lot_size", 1)
                    most = math.floor(most / lot * (1 + EPSILON)) * lot
                if quantity > most:
                    if (quantity - most) * price > 1e-12 * abs(self.nav_of_orders):
                        self.rejects.append((bar, symbol, "cash_cap", most))
                    quantity, closes = most, False
                    if most < EPSILON:
                        continue
            self.take(bar, symbol, held, quantity, price, closes)

    def take(self, bar, symbol, held, quantity, price, closes):
        broker, lot = self.broker, self.broker.get("lot_size", 1)
        whole = not broker.get("allow_fractional_shares", True) or lot != 1
        volume = self.price(bar, symbol, "volume")
        if "max_participation_rate" in broker and volume is not None:
            most = broker["max_participation_rate"] * volume
            if abs(quantity) > most + EPSILON:
                if whole:
                    most = math.floor(most / lot + EPSILON) * lot
                self.rejects.append((bar, symbol, "participation_cap", math.copysign(most, quantity)))
                quantity = math.copysign(most, quantity)
                if most < EPSILON:
                    return
        self.fill(bar, symbol, held, quantity, price, closes)

    def impact(self):
        return (self.broker.get("spread_bps", 0.0) / 2 + self.broker.get("slippage_bps", 0.0)) / 10000

    def affordable(self, money, price):
        """Shares whose notional at the fill price plus commission is `money` (W-13)."""
        rate, per_share = self.broker.get("commission", 0.0), self.broker.get("commission_per_share", 0.0)
        minimum = self.broker.get("commission_minimum", 0.0)
        at = price * (1 + self.impact())
        shares = money / (at * (1 + rate) + per_share)
        if shares * (at * rate + per_share) < minimum:
            shares = (money - minimum) / at
        return max(shares, 0.0)

    def raising(self, money, price):
        """Shares whose sale raises `money` after its commission."""
        rate, per_share = self.broker.get("commission", 0.0), self.broker.get("commission_per_share", 0.0)
        at = price * (1 - self.impact())
        net = at * (1 - rate) - per_share
        if net <= 0:
            return money / price
        shares, minimum = money / net, self.broker.get("commission_minimum", 0.0)
        return shares if shares * (at * rate + per_share) >= minimum else (money + minimum) / at

    def commission(self, quantity, notional):
        costs = [self.broker.get(key, 0.0) for key in ("commission_minimum", "commission", "commission_per_share")]
        return max(costs[0], abs(notional) * costs[1] + abs(quantity) * costs[2]) if any(costs) else 0.0

    def fill(self, bar, symbol, held, quantity, price, closes):
        broker = self.broker
        at = price * (1 + self.impact() * (1 if quantity > 0 else -1))
        notional = quantity * at
        commission = self.commission(quantity, notional)
        for limit, size in (("min_trade_shares", quantity), ("min_trade_notional", notional)):
            if not closes and broker.get(limit, 0.0) > 0 and abs(size) < broker[limit] - EPSILON:
                self.rejects.append((bar, symbol, limit, 0.0))
                return
        self.cash -= notional
        self.cash -= commission
        self.fills.append((bar, symbol, quantity, at, commission, self.cash))
        position = self.positions.setdefault(symbol, {"mark": at, "absent": 0})
        position["shares"] = held + quantity
        if held * position["shares"] < 0:
            position["mark"] = at
        if abs(position["shares"]) < EPSILON:
            del self.positions[symbol]

    def mark(self, bar):
        for symbol, position in self.positions.items():
            close = self.price(bar, symbol, "close")
            if close is not None:
                position["mark"] = close
        self.nav = self.cash + self.value()

    def decide(self, bar):
        if bar not in self.case["targets"]:
            return None
        current = {s: p["shares"] * p["mark"] / self.nav for s, p in self.positions.items()}
        limits = Limits(self.case["constraints"])
        weights, hits = limits.apply(self.case["targets"][bar], current)
        self.hits += [(bar, *hit) for hit in hits]
        return weights, limits.kept

    def run(self):
        pending, last = None, len(self.case["dates"]) - 1
        at_close = self.broker["fill_policy"] == "same_close"
        for bar in range(last + 1):
            self.start_bar(bar)
            if not at_close and (pending is not None or self.waiting):
                self.execute(bar, *(pending or (None,)))
            self.mark(bar)
            pending = self.decide(bar) if self.nav > 0 and (at_close or bar < last) else None
            if at_close and self.nav > 0 and (pending is not None or self.waiting):
                self.execute(bar, *(pending or (None,)))
                pending = None
                self.mark(bar)
            if self.nav <= 0:
                for symbol in sorted(self.positions):
                    self.close_at_mark(bar, symbol)
                self.nav, self.ruined = self.cash, True
            self.bars.append((self.nav, self.cash))
            if self.ruined:
                break
        self.rejects += [(bar, symbol, "missing_open_price", 0.0) for symbol in self.waiting]
        self.fills.sort(key=lambda fill: fill[:2])
        self.rejects.sort(key=lambda reject: (*reject[:2], REASONS.index(reject[2])))
        return self
