#include <boost/json/object.hpp>

#include "spec/pipeline_fields.hpp"

namespace backtest {

namespace {

constexpr Choice<Frequency> frequencies[] = {
    {"daily", Frequency::daily},
    {"every_n_days", Frequency::every_n_days},
    {"every_n_calendar_days", Frequency::every_n_calendar_days},
    {"weekly", Frequency::weekly},
    {"monthly", Frequency::monthly},
    {"quarterly", Frequency::quarterly},
    {"annually", Frequency::annually},
};

constexpr Choice<PeriodSession> sessions[] = {{"first", PeriodSession::first}, {"last", PeriodSession::last}};

constexpr Choice<int> weekdays[] = {{"mon", 1}, {"tue", 2}, {"wed", 3}, {"thu", 4}, {"fri", 5}};

// A key that another frequency reads is no error, but it does nothing.
void warn_of_other_frequency(Fields& fields, std::string_view key, bool is_read) {
  if (fields.describing() || is_read || !fields.has(key) || !fields.context().warn_without_effect) return;
  fields.warn(key, "has no effect with this freq");
}

void decode_interval(Fields& fields, Schedule& schedule, std::string_view key, Frequency frequency,
                     std::string_view description) {
  std::optional<int> n;
  fields.integer(key, n, at_least(1), description);
  if (fields.describing()) return;
  const bool is_read = schedule.frequency == frequency;
  warn_of_other_frequency(fields, key, is_read);
  if (!is_read) return;
  if (n) {
    schedule.n = *n;
  } else if (!fields.has(key)) {
    fields.error(key, "is required with freq: " + std::string(key) + ", a whole number >= 1");
  }
}

void decode_weekday(Fields& fields, Schedule& schedule) {
  constexpr std::string_view key = "weekday";
  constexpr std::string_view description = "weekly: rebalance on this day, or on the next bar where it has none";
  if (fields.describing()) {
    SchemaNode& node = fields.record(key, SchemaKind::choice, description);
    node.is_nullable = true;
    for (const Choice<int>& day : weekdays) node.allowed.emplace_back(day.name);
  } else if (fields.has(key)) {
    int weekday = 1;
    fields.choice(key, weekday, weekdays, description);
    schedule.weekday = weekday;
  } else {
    fields.take(key);
    fields.write(key, nullptr);
  }
  warn_of_other_frequency(fields, key, schedule.frequency == Frequency::weekly);
}

bool has_periods(Frequency frequency) {
  return frequency == Frequency::weekly || frequency == Frequency::monthly || frequency == Frequency::quarterly ||
         frequency == Frequency::annually;
}

// A day that is named leaves nothing to choose within the period.
void warn_of_named_day(Fields& fields, const Schedule& schedule) {
  if (fields.describing() || !fields.has("session") || !fields.context().warn_without_effect) return;
  if (schedule.frequency == Frequency::weekly && schedule.weekday) {
    fields.warn("session", "has no effect beside weekday");
  } else if (schedule.frequency == Frequency::monthly && schedule.day_of_month) {
    fields.warn("session", "has no effect beside day_of_month");
  }
}

// A word or a number becomes the map that means the same, with every key.
void write_map(Fields& fields, std::string_view key, const json::object& short_form) {
  DecodeContext unused;
  std::vector<Diagnostic> none;
  const Node map = tree_of(json::value(short_form), none);
  json::object resolved;
  Fields again(unused, &map, "", &resolved, nullptr);
  Schedule same;
  decode_schedule(again, same);
  fields.write(key, std::move(resolved));
}

}  // namespace

void decode_schedule(Fields& fields, Schedule& schedule) {
  fields.choice("freq", schedule.frequency, frequencies, "how often the whole book goes to its targets");
  decode_interval(fields, schedule, "every_n_days", Frequency::every_n_days, "bars between rebalances");
  decode_interval(fields, schedule, "every_n_calendar_days", Frequency::every_n_calendar_days,
                  "calendar days between rebalances");
  decode_weekday(fields, schedule);
  fields.integer("day_of_month", schedule.day_of_month, between(1, 31),
                 "monthly: from this day on; beyond the end of a month its last day");
  warn_of_other_frequency(fields, "day_of_month", schedule.frequency == Frequency::monthly);
  fields.choice("session", schedule.session, sessions,
                "first or last session of the period; last is its last weekday, or the next bar where that has none");
  warn_of_other_frequency(fields, "session", has_periods(schedule.frequency));
  warn_of_named_day(fields, schedule);
  fields.without_effect("allow_nontrading_shift", "a schedule always moves to the next bar");
}

void decode_class_rebalance(Fields& fields, Schedule& schedule) {
  constexpr std::string_view key = "rebalance";
  static constexpr Choice<Frequency> words[] = {{"daily", Frequency::daily},
                                                {"weekly", Frequency::weekly},
                                                {"monthly", Frequency::monthly},
                                                {"quarterly", Frequency::quarterly},
                                                {"annually", Frequency::annually}};
  if (fields.describing()) {
    SchemaNode& node = fields.record(key, SchemaKind::one_of, "a word, a number of calendar days, or a schedule map");
    Fields forms(fields.context(), nullptr, "", nullptr, &node);
    Schedule ignored;
    std::optional<int> days;
    forms.choice(key, ignored.frequency, words, "");
    forms.integer(key, days, at_least(1), "calendar days");
    forms.section(key, "", [&](Fields& map) { decode_schedule(map, ignored); });
    return;
  }
  const Node* node = fields.peek(key);
  if (node == nullptr || node->kind == NodeKind::map) {
    fields.section(key, "", [&](Fields& map) { decode_schedule(map, schedule); });
  } else if (node->kind == NodeKind::number) {
    int days = 1;
    fields.integer(key, days, at_least(1), "");
    schedule = {.frequency = Frequency::every_n_calendar_days, .n = days};
    write_map(fields, key, {{"freq", "every_n_calendar_days"}, {"every_n_calendar_days", days}});
  } else {
    schedule = {};
    fields.choice(key, schedule.frequency, words, "");
    if (fields.resolved() != nullptr) write_map(fields, key, {{"freq", fields.resolved()->at("rebalance")}});
  }
}

}  // namespace backtest
