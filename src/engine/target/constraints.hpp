// A strategy's wanted book -> target weights within limits (CON-1..12, W-6, W-10).
//
// In order: short ban and position cap per instrument; leverage; net band or absolute net cap; smallest weight change
// and turnover; the hard limits once more (all but the last two), because turnover limits move weights back towards
// what is held. What the final weights still cannot meet is a residual hit.
// Off the schedule only the changed instruments trade: limits look at the whole book and move those alone, and a held
// instrument that breaches one is a residual hit.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/model/policy.hpp"
#include "engine/model/portfolio_view.hpp"
#include "engine/model/simulation_result.hpp"

namespace backtest {

class Constraints {
 public:
  explicit Constraints(const ConstraintPolicy& policy) : policy_(policy) {}

  // Hits are appended in the order of the steps, ascending by instrument within one. `targets` is overwritten.
  void apply(const Proposal& proposal, const PortfolioView& portfolio, std::uint32_t bar,
             std::vector<ConstraintHit>& hits, TargetWeights& targets);

 private:
  struct Row {
    InstrumentIndex instrument;
    bool trades;
    double current;  // weight of what is held, at its mark
    double target;
    bool held_back = false;  // by min_weight_change
  };
  struct Sums {  // over all rows, and of those the rows that trade
    double net = 0.0, gross = 0.0, longs = 0.0, shorts = 0.0;
    double traded_gross = 0.0, traded_longs = 0.0, traded_shorts = 0.0;
  };
  class Recorder;

  void merge(const Proposal& proposal, const PortfolioView& portfolio);
  Sums sums() const;
  bool trades_anything() const;

  void limit_hard(Recorder& record);
  void limit_instruments(Recorder& record);
  void limit_leverage(Recorder& record);
  void limit_net_band(Recorder& record);
  void limit_net(Recorder& record);
  void hold_small_changes(Recorder& record);
  void limit_turnover(Recorder& record);
  void record_residuals(bool scheduled, Recorder& record) const;

  template <typename Predicate>
  void scale_traded(double factor, Predicate applies_to);

  const ConstraintPolicy& policy_;
  double slack_ = 0.0;     // by how much a limit may be missed without a hit
  std::vector<Row> rows_;  // scratch: union of held and wanted, ascending
};

}  // namespace backtest
