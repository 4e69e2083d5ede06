"""When a strategy rebalances, once more, from the rules alone (STR-1, CS-4, W-7, W-41): a due day is looked for by
walking back over the calendar."""
import datetime

DAY = datetime.timedelta(1)
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]


def last_day_of_month(day):
    first = day.replace(day=28) + 4 * DAY
    return (first - first.day * DAY).day


def period(frequency, day):
    return {"weekly": day - day.weekday() * DAY, "monthly": (day.year, day.month),
            "quarterly": (day.year, (day.month - 1) // 3), "annually": day.year}[frequency]


class Schedule:
    def __init__(self, config):
        self.config, self.frequency = config, config["freq"]
        self.last_day = self.last_bar = None
        self.bought = False

    def is_due_day(self, day):
        if self.frequency == "weekly" and self.config.get("weekday"):
            return day.weekday() == WEEKDAYS.index(self.config["weekday"])
        if self.frequency == "monthly" and self.config.get("day_of_month"):
            return day.day == min(self.config["day_of_month"], last_day_of_month(day))
        if day.weekday() > 4:
            return False
        following = day + DAY
        while following.weekday() > 4:
            following += DAY
        return period(self.frequency, day) != period(self.frequency, following)  # session: last

    def due(self, bar, day, holding):
        if self.frequency == "daily":
            return True
        if self.frequency == "once":
            self.bought = self.bought or holding
            return not self.bought
        if self.last_day is None:
            return True
        if self.frequency == "every_n_days":
            return bar - self.last_bar >= self.config["every_n_days"]
        if self.frequency == "every_n_calendar_days":
            return (day - self.last_day).days >= self.config["every_n_calendar_days"]
        if self.config.get("session") == "last" or self.config.get("weekday") or self.config.get("day_of_month"):
            due = day
            while not self.is_due_day(due):
                due -= DAY
            return due > self.last_day
        return period(self.frequency, day) != period(self.frequency, self.last_day)

    def commit(self, bar, day):
        self.last_day, self.last_bar = day, bar
