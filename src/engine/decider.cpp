#include "engine/decider.hpp"

#include <cmath>
#include <stdexcept>
#include <string>

namespace backtest {

namespace {

void check_next(std::optional<InstrumentIndex>& last, InstrumentIndex next, std::size_t instruments, const char* list) {
  if (next >= instruments || (last && next <= *last)) {
    throw std::invalid_argument(std::string("a proposal's ") + list + " must ascend by instrument below " +
                                std::to_string(instruments) + ", but " + std::to_string(next) + " follows " +
                                (last ? std::to_string(*last) : "nothing"));
  }
  last = next;
}

}  // namespace

void check_proposal(const Proposal& proposal, std::size_t instruments) {
  std::optional<InstrumentIndex> last;
  for (const Allocation& allocation : proposal.allocations) {
    check_next(last, allocation.instrument, instruments, "allocations");
    if (!std::isfinite(allocation.weight) || !(allocation.scale >= 0.0 && allocation.scale <= 1.0)) {
      throw std::invalid_argument("a proposal's weight must be finite and its scale from 0 to 1 (instrument " +
                                  std::to_string(allocation.instrument) + ")");
    }
  }
  last.reset();
  for (const InstrumentIndex instrument : proposal.changed) check_next(last, instrument, instruments, "changed names");
}

}  // namespace backtest
