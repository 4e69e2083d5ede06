// The private book of one composite leg (CMP-3, CMP-9): its strategy decides on its own positions, which approximate
// the leg's share of the run's book and exist to drive the leg's exits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/account.hpp"
#include "engine/market/market_view.hpp"
#include "engine/model/book.hpp"
#include "engine/model/panel.hpp"
#include "engine/model/policy.hpp"
#include "engine/model/simulation_result.hpp"
#include "engine/strategy.hpp"

namespace backtest {

class Sleeve {
 public:
  enum class Emission { silent, off_schedule, scheduled };

  // `book` is the leg's share, `alpha`, of the run's. References but `book` must outlive the sleeve.
  Sleeve(const LegPolicy& leg, std::uint32_t leg_index, double alpha, const Policy& policy, const MarketData& market,
         const Book& book, bool continues);

  std::uint32_t leg_index() const { return leg_index_; }
  double alpha() const { return alpha_; }

  // CMP-4. Scheduled: new weights, normalised before their scales apply. Off schedule: an exit leaves the last weights,
  // a rescaled name gets its new scale. Silent: the last weights stay.
  Emission decide(const MarketView& market, std::vector<DebugRow>* debug);

  std::span<const InstrumentWeight> weights() const { return weights_; }  // ascending by instrument
  std::span<const InstrumentIndex> changed() const { return changed_; }   // off schedule, of the last decide()
  bool waits() const { return account_.waits(); }
  void add_counts(SimulationResult& result) const {
    strategy_.add_counts(static_cast<std::int32_t>(leg_index_), result);
  }

  // What execute() will trade; CMP-7.
  TargetWeights& plan();

  void open_bar(std::size_t bar);
  void execute(std::size_t bar);  // the planned targets, if any
  void mark(std::size_t bar) { account_.mark(bar); }

 private:
  void take_scheduled(const Proposal& proposal);
  void take_changed(const Proposal& proposal);

  const LegPolicy& leg_;
  std::uint32_t leg_index_;
  double alpha_;
  Strategy strategy_;
  Account account_;
  double factor_ = 1.0;  // of the last normalisation
  std::vector<InstrumentWeight> weights_;
  std::vector<InstrumentWeight> merged_;  // scratch of take_changed()
  std::vector<InstrumentIndex> changed_;
  bool planned_ = false;
  TargetWeights targets_;
  std::vector<Fill> fills_;  // scratch: a sleeve's fills and rejects are not recorded
  std::vector<Reject> rejects_;
};

}  // namespace backtest
