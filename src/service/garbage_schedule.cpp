#include "service/garbage_schedule.hpp"

#include <chrono>
#include <exception>
#include <utility>

#include "base/log.hpp"
#include "service/ownership.hpp"

namespace backtest {

GarbageRules garbage_rules(const Settings& settings) {
  return {.retention_days = settings.retention_days,
          .audit_retention_days = settings.audit_retention_days,
          .min_age = settings.gc_min_age};
}

GarbageSchedule::GarbageSchedule(const Settings& settings, RunStore& runs, const ArtifactPlaces& artifacts,
                                 std::string identity)
    : runs_(runs),
      artifacts_(artifacts),
      identity_(std::move(identity)),
      rules_(garbage_rules(settings)),
      every_(settings.gc_every),
      work_([this] { return collect(); }) {
  work_.want();
}

std::chrono::milliseconds GarbageSchedule::collect() {
  try {
    GarbageRules rules = rules_;
    rules.is_stopping = [this] { return !work_.rest(std::chrono::milliseconds(0)); };
    const Collected collected = collect_garbage(runs_, artifacts_, owned_places(artifacts_, identity_), rules);
    if (collected.runs > 0 || collected.attempts > 0 || collected.audit_events > 0 || collected.datasets > 0)
      log_info("garbage collected", {{"result", collected.text(rules)}});
  } catch (const std::exception& error) {
    log_warning("garbage was not collected to the end", {{"reason", error.what()}});
  }
  work_.want();
  return every_;
}

}  // namespace backtest
