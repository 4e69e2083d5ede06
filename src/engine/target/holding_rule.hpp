// What becomes of held positions beside a selection (CS-9, W-22): the wanted book before exits, and the scales that the
// policy puts on it.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/model/pipeline_policy.hpp"
#include "engine/model/score.hpp"
#include "engine/target/position_state.hpp"
#include "engine/target/selector.hpp"

namespace backtest {

struct HoldingInput {
  bool rebalancing = false;
  const Candidates& selected;  // of this rebalance, else the last one's
  std::vector<PositionState>& held;
  const Scores& raw;  // of today; read on a rebalance, and on others where needs_raw_scores()
  Selector& selector;
  std::size_t bar = 0;
};

// Ascending by instrument. `scale` is what the policy gives, 1 unless it says otherwise.
struct WantedPosition {
  Candidate candidate;
  double scale = 1.0;
};
using WantedBook = std::vector<WantedPosition>;

class HoldingRule {
 public:
  virtual ~HoldingRule() = default;
  virtual void merge(const HoldingInput& input, WantedBook& book) = 0;
  virtual bool needs_raw_scores() const { return false; }  // also off schedule
  virtual bool acts_off_schedule() const { return false; }
  // Bars after a position ended during which this policy lets it not back in.
  virtual int reentry_cooldown_bars() const { return 0; }
};

std::unique_ptr<HoldingRule> make_holding_rule(const HoldingPolicy& policy);

}  // namespace backtest
