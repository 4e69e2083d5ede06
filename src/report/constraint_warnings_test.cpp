#include "report/constraint_warnings.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <string>
#include <vector>

#include "report/small_run_for_tests.hpp"

namespace backtest {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> said(std::vector<ConstraintHit> hits) {
  SmallRun small(std::filesystem::path{testing::TempDir()});
  small.result.hits = std::move(hits);
  const RunView run{.request = small.request, .market = small.market, .result = small.result, .summary = small.summary};
  std::vector<Diagnostic> warnings;
  add_constraint_warnings(run, warnings);
  std::vector<std::string> texts;
  for (const Diagnostic& warning : warnings) texts.push_back(warning.text());
  return texts;
}

ConstraintHit cut(std::uint32_t bar, InstrumentIndex instrument, double before, double after) {
  return {.bar = bar,
          .constraint = Constraint::position_cap,
          .has_instrument = true,
          .instrument = instrument,
          .before = before,
          .after = after};
}

TEST(ConstraintWarnings, OneLineALimitCountsDecisionsAndNamesTheFirstAndTheLargestChange) {
  EXPECT_THAT(said({cut(1, 1, 0.5, 0.25),
                    cut(1, 2, 60, 0.25),
                    cut(3, 1, 0.5, 0.25),
                    {.bar = 3, .constraint = Constraint::max_leverage, .before = 1.5, .after = 1.0}}),
              ElementsAre("constraints.max_position_size: a target was cut, by 59.75 of NAV at most (2 times, first "
                          "2024-01-31 NA); ask for smaller weights, or raise it",
                          "constraints.max_leverage: all targets were scaled down, by 0.5 of NAV at most (2024-02-02); "
                          "ask for weights with a smaller sum, or raise it"));
}

TEST(ConstraintWarnings, ALimitThatIsMissedIsSaidApart) {
  EXPECT_THAT(said({{.bar = 3,
                     .constraint = Constraint::residual,
                     .residual_of = Constraint::max_leverage,
                     .before = 1.5,
                     .details = {{"bound", 1.0}}}}),
              ElementsAre("constraints.max_leverage: the final weights miss it, by 0.5 of NAV at most (2024-02-02); "
                          "another limit or a held position stands against it; see constraint_hits.json"));
}

TEST(ConstraintWarnings, SmallChangesThatWereLeftOutHaveNoLargestChange) {
  EXPECT_THAT(said({{.bar = 1, .constraint = Constraint::min_weight_change}}),
              ElementsAre("constraints.min_weight_change: small changes were left out (2024-01-31); see "
                          "constraint_hits.json"));
}

TEST(ConstraintWarnings, RoundingIsNoChange) {
  EXPECT_THAT(said({{.bar = 1, .constraint = Constraint::max_leverage, .before = 1.0 + 2.3e-16, .after = 1.0}}),
              IsEmpty());
}

}  // namespace
}  // namespace backtest
