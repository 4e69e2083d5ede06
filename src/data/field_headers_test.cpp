// Files whose header names fields, alone or above symbols, under either data.layout.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "data/load.hpp"
#include "data/temporary_files_for_tests.hpp"

namespace backtest {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class FieldHeaders : public ::testing::Test {
 protected:
  LoadRequest request_of(const std::string& text, bool wide) {
    LoadRequest request;
    request.price_path = files.write("p.csv", text);
    request.wide = wide;
    request.all_symbols = true;
    request.start_date = make_date(2024, 1, 1);
    request.end_date = make_date(2024, 1, 31);
    request.fill_policy = FillPolicy::next_close;
    return request;
  }
  std::string error(const LoadRequest& request) {
    try {
      load_market_data(request);
    } catch (const InvalidInput& invalid) {
      return invalid.what();
    }
    return "";
  }
  std::string warnings(const LoadRequest& request) {
    std::string text;
    for (const Diagnostic& warning : load_market_data(request).warnings) text += warning.text() + "\n";
    return text;
  }
  TemporaryFiles files;
};

TEST_F(FieldHeaders, AboveSymbolsTellUnreadActionsInEitherLayout) {
  for (const bool wide : {false, true}) {
    LoadRequest request = request_of(
        "Price,Close,Adj Close,Dividends\nTicker,A,A,A\nDate,,,\n2024-01-02,10,9,0\n2024-01-03,9,9,1\n", wide);
    EXPECT_THAT(warnings(request), HasSubstr("'Adj Close' and 'Dividends' are not read")) << wide;
    request.format.columns = {{"dividend", "Dividends"}};
    EXPECT_THAT(warnings(request), HasSubstr("'Adj Close' is not read")) << wide;
    EXPECT_EQ(load_market_data(request).market.prices.dividend[1], 1) << wide;
  }
}

TEST_F(FieldHeaders, ColumnsOfAWideTableAreSymbolsThatLookLikeActions) {
  EXPECT_THAT(warnings(request_of("date,DIV,A\n2024-01-02,10,9\n", true)), IsEmpty());  // a fund of that name
}

}  // namespace
}  // namespace backtest
