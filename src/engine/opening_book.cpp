#include "engine/opening_book.hpp"

#include <cmath>
#include <string>

#include "base/diagnostic.hpp"

namespace backtest {

namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& message) {
  throw InvalidInput(Diagnostic{.path = path, .message = message});
}

double last_close_before(const Panel& prices, std::size_t bar, InstrumentIndex instrument) {
  while (bar-- > 0) {
    const double close = prices.close[prices.cell(bar, instrument)];
    if (!std::isnan(close)) return close;
  }
  return missing;
}

void check_position(const std::string& path, const HeldPosition& position, const Panel& prices, std::size_t first_bar) {
  if (position.instrument >= prices.instrument_count()) {
    refuse(path, "instrument " + std::to_string(position.instrument) + " is not one of the panel's " +
                     std::to_string(prices.instrument_count()));
  }
  if (position.shares == 0.0 || !std::isfinite(position.shares)) refuse(path, "shares must be finite and not 0");
  if (position.entry_bar >= first_bar) {
    refuse(path, "its entry at bar " + std::to_string(position.entry_bar) + " is not before the first bar " +
                     std::to_string(first_bar));
  }
}

}  // namespace

Book opening_book(const Book& given, const Panel& prices, std::size_t first_bar) {
  Book book = given;
  if (!std::isfinite(book.cash)) refuse("book.cash", "must be a finite number");
  double nav = book.cash;
  for (std::size_t k = 0; k < book.positions.size(); ++k) {
    HeldPosition& position = book.positions[k];
    const std::string path = "book.positions[" + std::to_string(k) + "]";
    if (k > 0 && position.instrument <= book.positions[k - 1].instrument) {
      refuse(path, "instruments must ascend, and each may stand once");
    }
    check_position(path, position, prices, first_bar);
    if (std::isnan(position.mark)) position.mark = last_close_before(prices, first_bar, position.instrument);
    if (!(position.mark > 0.0) || !std::isfinite(position.mark)) {
      refuse(path, prices.instruments[position.instrument] + " has no mark, and no close before the first bar");
    }
    nav += position.shares * position.mark;
  }
  if (!(nav > 0.0)) refuse("book", "must be worth more than 0");
  return book;
}

Book share_of(const Book& book, double alpha) {
  Book share{.cash = book.cash * alpha, .positions = book.positions};
  if (alpha == 0.0) share.positions.clear();
  for (HeldPosition& position : share.positions) position.shares *= alpha;
  return share;
}

}  // namespace backtest
