// The sound protocol keeps its promises in every world; each broken one is found.
#include <gtest/gtest.h>

#include "explore.hpp"

namespace backtest::sim {
namespace {

std::string text_of(const std::optional<Finding>& finding) {
  if (!finding) return "";
  std::string text = finding->violation + ":";
  for (const std::string& action : finding->trace) text += "\n  " + action;
  return text;
}

TEST(LeaseProtocol, KeepsItsPromisesInEverySmallWorld) {
  for (const Bounds& bounds : {Bounds{.workers = 2, .last_tick = 5, .claims = 2, .lease_ticks = 2},
                               Bounds{.workers = 2, .last_tick = 4, .claims = 3, .lease_ticks = 1},
                               Bounds{.workers = 3, .last_tick = 2, .claims = 2, .lease_ticks = 1}}) {
    const Explored explored = explore_all(bounds, Variant::sound);
    EXPECT_EQ(text_of(explored.finding), "");
    EXPECT_GT(explored.worlds, 1'000);
  }
}

TEST(LeaseProtocol, KeepsItsPromisesOnLongWalks) {
  const Bounds bounds{.workers = 4, .last_tick = 60, .claims = 12, .max_lost_attempts = 9, .max_failed_attempts = 5};
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    EXPECT_EQ(text_of(explore_randomly(bounds, Variant::sound, seed, 2'000, 300).finding), "") << "seed " << seed;
  }
}

TEST(LeaseProtocol, EveryBrokenVariantIsFound) {
  struct Case {
    Variant variant;
    const char* violation;
  };
  const Bounds bounds{.workers = 2, .last_tick = 4, .claims = 2, .lease_ticks = 2};
  for (const Case& c :
       {Case{Variant::state_only, "an expired lease was obeyed"}, Case{Variant::id_only, "an expired lease was obeyed"},
        Case{Variant::epoch_reused, "an epoch was used twice"},
        Case{Variant::expiry_ignored, "an expired lease was obeyed"},
        Case{Variant::reclaimed_early, "a lease in force was reclaimed"},
        Case{Variant::never_reclaimed, "an accepted run can never end"},
        Case{Variant::repeat_refused, "the publisher was told that its lease is lost"},
        Case{Variant::fence_from_answer, "two workers execute the run"},
        Case{Variant::no_fence, "two workers execute the run"}}) {
    const Explored explored = explore_all(bounds, c.variant);
    ASSERT_TRUE(explored.finding) << static_cast<int>(c.variant);
    EXPECT_EQ(explored.finding->violation, c.violation) << text_of(explored.finding);
  }
}

}  // namespace
}  // namespace backtest::sim
