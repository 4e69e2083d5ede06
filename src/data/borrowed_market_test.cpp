#include "data/borrowed_market.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace backtest {
namespace {

using ::testing::HasSubstr;

struct Arrays {
  std::vector<double> close{1, 2, 3, 4};
  std::vector<std::uint8_t> has_row{1, 1, 1, 1};

  MarketData market() const {
    MarketData market;
    market.prices.dates = {make_date(2024, 1, 2), make_date(2024, 1, 3)};
    market.prices.instruments = {"A", "B"};
    market.prices.close = close;
    market.prices.has_row = has_row;
    return market;
  }
};

TEST(BorrowedMarket, LiesOverTheCallersArrays) {
  Arrays arrays;
  const LoadedData data = borrow_market(arrays.market());
  EXPECT_EQ(data.market.prices.close.data(), arrays.close.data());
  arrays.close[3] = 5;
  EXPECT_NE(borrow_market(arrays.market()).fingerprint, data.fingerprint);
}

TEST(BorrowedMarket, NamesWhatIsWrong) {
  struct Case {
    std::function<void(Arrays&, MarketData&)> change;
    const char* message;
  };
  const double infinite = std::numeric_limits<double>::infinity();
  const Case cases[] = {
      {[](Arrays&, MarketData& m) { m.prices.dates[1] = m.prices.dates[0]; }, "dates: must ascend"},
      {[](Arrays&, MarketData& m) { m.prices.instruments = {"B", "A"}; }, "instruments: must ascend"},
      {[](Arrays&, MarketData& m) { m.prices.first_bar = 2; }, "first_bar: must be a bar"},
      {[](Arrays&, MarketData& m) { m.prices.close = {}; }, "close: is the one field"},
      {[](Arrays&, MarketData& m) { m.prices.has_row = m.prices.has_row.first(3); }, "has_row: has 3 values"},
      {[](Arrays&, MarketData& m) { m.prices.open = m.prices.close.first(2); }, "open: has 2 values where bars"},
      {[](Arrays& a, MarketData&) { a.close[2] = 0; }, "close: of A on 2024-01-03 must be finite and above 0"},
      {[&](Arrays& a, MarketData&) { a.close[1] = infinite; }, "close: of B on 2024-01-02 must be finite"},
      {[](Arrays&, MarketData& m) { m.benchmark_close = {1}; }, "benchmark_close: must be one close a bar"},
      {[](Arrays&, MarketData& m) { m.targets = {{{{2, {{0, 1.0}}}}}}; }, "targets: bars must ascend"},
      {[](Arrays&, MarketData& m) { m.targets = {{{{1, {{2, 1.0}}}}}}; }, "targets: of 2024-01-03 must be finite"},
  };
  for (const Case& c : cases) {
    Arrays arrays;
    MarketData market = arrays.market();
    c.change(arrays, market);
    try {
      borrow_market(market);
      ADD_FAILURE() << "accepted: " << c.message;
    } catch (const InvalidInput& error) {
      EXPECT_THAT(error.what(), HasSubstr(c.message));
    }
  }
}

}  // namespace
}  // namespace backtest
