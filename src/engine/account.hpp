// A ledger with its broker: what happens to one book within a bar, in order. The run has one, each composite leg a
// private one (sleeve.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/ledger/ledger.hpp"
#include "engine/model/book.hpp"
#include "engine/model/panel.hpp"
#include "engine/model/policy.hpp"
#include "engine/model/portfolio_view.hpp"
#include "engine/order/waiting_orders.hpp"

namespace backtest {

class Account {
 public:
  // References but `book` must outlive the account. A book that `continues` was held over the close before the first
  // bar, and pays financing for it.
  Account(const BrokerPolicy& broker, int delist_after_bars, const Panel& panel, const Book& book, bool continues);

  const Ledger& ledger() const { return ledger_; }

  // Financing, splits and dividends, delistings, then cash for what a split left of whole shares.
  void open_bar(std::size_t bar, std::vector<Fill>& fills);
  // An order waits for a price (broker.unfilled).
  bool waits() const { return !waiting_.empty(); }
  const std::vector<UnfilledOrder>& waiting_orders() const { return waiting_.waiting(); }

  // Orders and fills at the price of the fill policy: of these targets, null where nothing was decided, and of what
  // waits.
  void execute(std::size_t bar, const TargetWeights* targets, std::vector<Fill>& fills, std::vector<Reject>& rejects);
  // The run ends with this bar: what still waits for a price is rejected on it (BRK-21).
  void give_up_waiting(std::size_t bar, std::vector<Reject>& rejects);
  // Throws where the book outgrows a double: no number after that would mean anything.
  void mark(std::size_t bar);
  void close_ruined(std::size_t bar, std::vector<Fill>& fills);

 private:
  const BrokerPolicy& broker_;
  const Panel& panel_;
  std::uint32_t delist_after_bars_;
  Ledger ledger_;
  bool has_previous_close_;
  WaitingOrders waiting_;
  std::vector<Order> orders_;  // scratch of execute()
};

}  // namespace backtest
