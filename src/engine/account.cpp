#include "engine/account.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <stdexcept>
#include <tuple>

#include "base/assertion.hpp"
#include "engine/fill/fills.hpp"
#include "engine/order/orders.hpp"
#include "engine/order/self_financing.hpp"

namespace backtest {

namespace {

template <typename T>
std::span<const T> row(std::span<const T> field, std::size_t bar, const Panel& panel) {
  return field.empty() ? field : field.subspan(bar * panel.instrument_count(), panel.instrument_count());
}

bool has_rates(const Financing& rates) {
  return rates.cash_rate != 0.0 || rates.margin_rate != 0.0 || rates.borrow_rate != 0.0;
}

// Both stages reject; the record is by instrument, then by precedence (BRK-11), which is the order of the reasons.
void sort_rejects(std::vector<Reject>& rejects, std::size_t begin) {
  std::sort(rejects.begin() + static_cast<std::ptrdiff_t>(begin), rejects.end(), [](const Reject& a, const Reject& b) {
    return std::tuple(a.instrument, a.reason) < std::tuple(b.instrument, b.reason);
  });
}

}  // namespace

Account::Account(const BrokerPolicy& broker, int delist_after_bars, const Panel& panel, const Book& book,
                 bool continues)
    : broker_(broker),
      panel_(panel),
      delist_after_bars_(static_cast<std::uint32_t>(delist_after_bars)),
      ledger_(book.cash, book.positions),
      has_previous_close_(continues),
      waiting_(broker, book.unfilled) {}

void Account::open_bar(std::size_t bar, std::vector<Fill>& fills) {
  ledger_.begin_bar();
  if (has_previous_close_ && has_rates(broker_.financing)) {
    ledger_.accrue_financing(broker_.financing, panel_.dates[bar].days - panel_.dates[bar - 1].days);
  }
  has_previous_close_ = true;
  if (ledger_.held().empty()) return;
  if (!panel_.split.empty() || !panel_.dividend.empty()) {
    ledger_.apply_actions(row(panel_.split, bar, panel_), row(panel_.dividend, bar, panel_));
  }
  ledger_.close_delisted(row(panel_.has_row, bar, panel_), delist_after_bars_, static_cast<std::uint32_t>(bar), fills);
  if (!broker_.allow_fractional_shares && !panel_.split.empty()) {
    ledger_.pay_fractions(row(panel_.split, bar, panel_), static_cast<std::uint32_t>(bar), fills);
  }
}

void Account::execute(std::size_t bar, const TargetWeights* targets, std::vector<Fill>& fills,
                      std::vector<Reject>& rejects) {
  const bool at_open = broker_.fill_policy == FillPolicy::next_open;
  const std::span<const double> prices = row(at_open ? panel_.open : panel_.close, bar, panel_);
  BACKTEST_ASSERT(!prices.empty(), "the fill policy's price column exists: the config was checked");
  const auto bar_number = static_cast<std::uint32_t>(bar);
  const std::size_t rejects_begin = rejects.size();
  const std::size_t fills_begin = fills.size();
  orders_.clear();
  const TargetWeights& wanted = waiting_.next(targets, ledger_.held(), prices);
  double nav = ledger_.nav_at(prices);
  if (broker_.cost_financing == CostFinancing::self_financing) {
    nav = nav_after_costs(broker_, wanted, ledger_.held(), prices, nav);
  }
  make_orders(broker_, wanted, ledger_.held(), prices, nav, bar_number, orders_, rejects);
  const std::span<const double> volumes = row(panel_.volume, bar, panel_);
  if (broker_.cost_financing == CostFinancing::cash_capped) {
    fill_orders_within_cash(broker_, orders_, prices, volumes, bar_number, ledger_.cash(), nav, fills, rejects);
  } else {
    fill_orders(broker_, orders_, prices, volumes, bar_number, fills, rejects);
  }
  if (rejects.size() > rejects_begin + 1) sort_rejects(rejects, rejects_begin);
  if (fills.size() > fills_begin) ledger_.book(std::span(fills).subspan(fills_begin), prices, at_open);
}

void Account::give_up_waiting(std::size_t bar, std::vector<Reject>& rejects) {
  const auto bar_number = static_cast<std::uint32_t>(bar);
  auto first_of_bar = rejects.size();
  while (first_of_bar > 0 && rejects[first_of_bar - 1].bar == bar_number) --first_of_bar;
  for (const UnfilledOrder& order : waiting_.waiting()) {
    rejects.push_back({.bar = bar_number, .instrument = order.instrument, .reason = RejectReason::missing_open_price});
  }
  waiting_.clear();
  sort_rejects(rejects, first_of_bar);
}

void Account::mark(std::size_t bar) {
  ledger_.mark(panel_, bar);
  if (std::isfinite(ledger_.nav()) && std::isfinite(ledger_.gross_value())) return;
  throw std::runtime_error("on " + to_text(panel_.dates[bar]) +
                           " the book is worth more than a number can hold; check the prices and initial_cash");
}

void Account::close_ruined(std::size_t bar, std::vector<Fill>& fills) {
  ledger_.close_ruined(static_cast<std::uint32_t>(bar), fills);
}

}  // namespace backtest
