#include "engine/growing_result.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <tuple>

#include "base/huge_pages.hpp"
#include "engine/model/tolerance.hpp"

namespace backtest {

namespace {

// Room for what the rest of the run will need at the rate so far: growing by doubling would copy, and touch, the
// same gigabyte twice.
template <typename T>
void make_room(std::vector<T>& rows, std::size_t needed, std::size_t bars_done, std::size_t bars_total) {
  const std::size_t size = rows.size() + needed;
  if (size <= rows.capacity()) return;
  const std::size_t at_this_rate = size / (bars_done + 1) * bars_total;
  reserve_on_huge_pages(rows, std::clamp(at_this_rate + at_this_rate / 16, 2 * size, 16 * size));
}

// Positions read as the rows that are recorded of them. The views of the library would be a single-pass range, which
// vector::insert appends row by row.
class HoldingRows {
 public:
  class Iterator {
   public:
    using iterator_category = std::random_access_iterator_tag;
    using value_type = HoldingRow;
    using difference_type = std::ptrdiff_t;
    using pointer = const HoldingRow*;
    using reference = HoldingRow;

    explicit Iterator(const HeldPosition* position) : position_(position) {}
    HoldingRow operator*() const {
      return {.instrument = position_->instrument,
              .stale = position_->stale,
              .shares = position_->shares,
              .mark = position_->mark};
    }
    Iterator& operator++() {
      ++position_;
      return *this;
    }
    Iterator& operator--() {
      --position_;
      return *this;
    }
    Iterator& operator+=(difference_type count) {
      position_ += count;
      return *this;
    }
    difference_type operator-(const Iterator& other) const { return position_ - other.position_; }
    bool operator==(const Iterator&) const = default;

   private:
    const HeldPosition* position_;
  };

  explicit HoldingRows(std::span<const HeldPosition> held) : held_(held) {}
  Iterator begin() const { return Iterator(held_.data()); }
  Iterator end() const { return Iterator(held_.data() + held_.size()); }

 private:
  std::span<const HeldPosition> held_;
};

// Of one instrument: cash for a fraction of a share comes before everything else.
int rank_of(FillReason reason) {
  return reason == FillReason::cash_in_lieu ? -1 : static_cast<int>(reason);
}

}  // namespace

GrowingResult::GrowingResult(SimulationResult& result, const Ledger& opening, std::size_t first_bar, std::size_t bars,
                             bool continues)
    : result_(result),
      opening_nav_(opening.nav()),
      peak_nav_(opening.nav()),
      bars_total_(bars),
      has_previous_nav_(continues || opening.held().empty()) {
  result.first_bar = first_bar;
  result.opening_nav = opening.nav();
  result.opening_positions.assign(opening.held().begin(), opening.held().end());
  result.bars.clear();
  result.fills.clear();
  result.rejects.clear();
  result.hits.clear();
  result.holdings.clear();
  result.holdings_begin.clear();
  result.leg_weights.clear();
  result.blend_pre_constraints.clear();
  result.blend_post_constraints.clear();
  result.debug.clear();
  result.optimizer_skips = 0;
  result.thin_selections.clear();
  result.sizer_cuts.clear();
  result.largest_conservation_residual = 0.0;
  result.ruined = false;
  result.stopped = false;
  reserve_on_huge_pages(result.bars, bars_total_);
  reserve_on_huge_pages(result.holdings_begin, bars_total_ + 1);
  result.holdings_begin.push_back(0);
}

void GrowingResult::close_bar(const Ledger& ledger) {
  const BarFlows& flows = ledger.flows();
  const double nav = ledger.nav();
  const double previous = ledger.previous_nav();
  peak_nav_ = std::max(peak_nav_, nav);
  BarRow row{.nav = nav,
             .cash = ledger.cash(),
             .cumulative_return = relative_change(nav, opening_nav_),
             .drawdown = relative_change(nav, peak_nav_),
             .commission = flows.commission,
             .slippage_cost = flows.slippage_cost,
             .dividends = flows.dividends,
             .financing = flows.financing,
             .fill_count = flows.fill_count};
  if (has_previous_nav_ && previous != 0.0) row.period_return = relative_change(nav, previous);
  has_previous_nav_ = true;
  if (nav != 0.0) {
    row.gross_exposure = ledger.gross_value() / nav;
    row.net_exposure = ledger.net_value() / nav;
  }
  if (flows.fill_count > 0 && previous != 0.0) row.turnover = flows.traded_notional / previous;

  const std::size_t bars_done = result_.bars.size();
  make_room(result_.holdings, ledger.held().size(), bars_done, bars_total_);
  make_room(result_.fills, flows.fill_count, bars_done, bars_total_);  // the next bar's are likely as many
  sort_fills();
  copy_holdings(ledger.held());
  result_.bars.push_back(row);
  result_.largest_conservation_residual =
      std::max(result_.largest_conservation_residual, ledger.conservation_residual());
}

// ART-4: by bar, then instrument. Delistings were booked before the orders, ruin after them: cash_after tells.
void GrowingResult::sort_fills() {
  const auto begin = result_.fills.begin() + static_cast<std::ptrdiff_t>(fills_sorted_);
  const auto before = [](const Fill& a, const Fill& b) {
    return std::tuple(a.instrument, rank_of(a.reason)) < std::tuple(b.instrument, rank_of(b.reason));
  };
  if (!std::is_sorted(begin, result_.fills.end(), before)) std::sort(begin, result_.fills.end(), before);
  fills_sorted_ = result_.fills.size();
}

void GrowingResult::copy_holdings(std::span<const HeldPosition> held) {
  // One range, not row by row: appending that checks for room each time is four times slower.
  const HoldingRows rows(held);
  result_.holdings.insert(result_.holdings.end(), rows.begin(), rows.end());
  result_.holdings_begin.push_back(result_.holdings.size());
}

}  // namespace backtest
