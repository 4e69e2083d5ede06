// What a scoring says of an instrument, and what a selection makes of it. Side and strength are apart from the
// selection on (W-26): no later step reads a side from the sign of a number.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/model/panel.hpp"

namespace backtest {

// A raw score: any finite number, as the scoring's formula gives it.
struct Score {
  InstrumentIndex instrument = 0;
  double value = 0.0;
  friend bool operator==(const Score&, const Score&) = default;
};
using Scores = std::vector<Score>;  // ascending by instrument, at most one each

enum class Side : std::int8_t { none = 0, long_side = 1, short_side = -1 };

inline double sign_of(Side side) {
  return static_cast<double>(side);
}

struct Candidate {
  InstrumentIndex instrument = 0;
  Side side = Side::none;      // none: wanted closed (STR-8's candidate of 0.0)
  double strength = 0.0;       // higher is stronger within the side; below 0 only after a normalize step
  bool normalized = false;     // its strength is relative, so that 0 does not mean "nothing wanted"
  bool against_score = false;  // the selection gave it the side that its score's sign does not have

  double signed_score() const { return sign_of(side) * strength; }
  // With the sign of the score, whatever the side.
  double expected_return() const { return against_score ? -signed_score() : signed_score(); }
  friend bool operator==(const Candidate&, const Candidate&) = default;
};
using Candidates = std::vector<Candidate>;

}  // namespace backtest
