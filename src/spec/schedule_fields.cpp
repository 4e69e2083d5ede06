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

// Zero stands for "not given": the key is optional and has no default.
constexpr Choice<int> weekdays[] = {{"mon", 1}, {"tue", 2}, {"wed", 3}, {"thu", 4}, {"fri", 5}};

void decode_interval(Fields& fields, Schedule& schedule, std::string_view key, Frequency frequency,
                     std::string_view description) {
  std::optional<int> n;
  fields.integer(key, n, at_least(1), description);
  if (fields.describing()) return;
  if (schedule.frequency == frequency) {
    if (n) {
      schedule.n = *n;
    } else {
      fields.error(key, "is required with freq: " + std::string(key) + ", a whole number >= 1");
    }
  }
}

void decode_weekday(Fields& fields, Schedule& schedule) {
  if (fields.describing() || fields.has("weekday")) {
    int weekday = 1;
    fields.choice("weekday", weekday, weekdays, "weekly: rebalance on this day, or on the next bar where it has none");
    if (!fields.describing()) schedule.weekday = weekday;
  } else {
    fields.take("weekday");
  }
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
  fields.choice("session", schedule.session, sessions,
                "first or last session of the period; last is its last weekday, or the next bar where that has none");
  fields.without_effect("allow_nontrading_shift", "a schedule always moves to the next bar");
}

void decode_class_rebalance(Fields& fields, Schedule& schedule) {
  constexpr std::string_view key = "rebalance";
  constexpr std::string_view description =
      "daily, weekly, monthly, quarterly, annually, a number of calendar days, or a map as the pipeline's rebalance";
  const Node* node = fields.peek(key);
  if (fields.describing()) {
    Schedule ignored;
    fields.section(key, description, [&](Fields& map) { decode_schedule(map, ignored); });
    return;
  }
  if (node == nullptr || node->kind == NodeKind::map) {
    fields.section(key, description, [&](Fields& map) { decode_schedule(map, schedule); });
    return;
  }
  fields.take(key);
  json::object written;
  if (node->kind == NodeKind::number && node->is_integer) {
    int days = 1;
    fields.integer(key, days, at_least(1), description);
    schedule = {.frequency = Frequency::every_n_calendar_days, .n = days};
    written = {{"freq", "every_n_calendar_days"}, {"every_n_calendar_days", days}};
  } else {
    static constexpr Choice<Frequency> words[] = {{"daily", Frequency::daily},
                                                  {"weekly", Frequency::weekly},
                                                  {"monthly", Frequency::monthly},
                                                  {"quarterly", Frequency::quarterly},
                                                  {"annually", Frequency::annually}};
    schedule = {};
    fields.choice(key, schedule.frequency, words, description);
    for (const auto& word : words) {
      if (word.value == schedule.frequency) written["freq"] = json::string_view(word.name.data(), word.name.size());
    }
  }
  if (fields.resolved() == nullptr) return;
  // One form in the resolved config: the map with every key, as a map would have been read.
  DecodeContext quiet;
  std::vector<Diagnostic> none;
  const Node map = tree_of(json::value(written), none);
  json::object resolved;
  Fields again(quiet, &map, "", &resolved, nullptr);
  Schedule same;
  decode_schedule(again, same);
  (*fields.resolved())[json::string_view(key.data(), key.size())] = std::move(resolved);
}

}  // namespace backtest
