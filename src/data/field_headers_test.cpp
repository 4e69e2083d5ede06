// Files whose header names fields, alone or above symbols, under either data.layout.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "data/load.hpp"
#include "data/load_words_for_tests.hpp"
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
  TemporaryFiles files;
};

TEST_F(FieldHeaders, AboveSymbolsTellUnreadActionsInEitherLayout) {
  for (const bool wide : {false, true}) {
    LoadRequest request = request_of(
        "Price,Close,Adj Close,Dividends\nTicker,A,A,A\nDate,,,\n2024-01-02,10,9,0\n2024-01-03,9,9,1\n", wide);
    EXPECT_THAT(load_warnings(request), HasSubstr("'Adj Close' and 'Dividends' are not read")) << wide;
    request.format.columns = {{"dividend", "Dividends"}};
    EXPECT_THAT(load_warnings(request), HasSubstr("'Adj Close' is not read")) << wide;
    EXPECT_EQ(load_market_data(request).market.prices.dividend[1], 1) << wide;
  }
}

TEST_F(FieldHeaders, ColumnsOfAWideTableAreSymbolsThatLookLikeActions) {
  EXPECT_THAT(load_warnings(request_of("date,DIV,A\n2024-01-02,10,9\n", true)), IsEmpty());  // a fund of that name
}

TEST_F(FieldHeaders, FieldsOfOneSymbolAreNoSymbols) {
  for (const char* header : {"Date,Open,High,Low,Close,Volume", "date,open,high,low,close,vwap",
                             "Date,A,B,Close,Volume,C", "<DATE>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>"}) {
    EXPECT_THAT(load_error(request_of(std::string(header) + "\n2024-01-02,1,1,1,1,1\n", true)),
                AllOf(HasSubstr("are fields of one symbol, not symbols"), HasSubstr("data.layout: long"),
                      HasSubstr("{symbol}.csv")))
        << header;
  }
  LoadRequest request = request_of("Date,Close\n2024-01-02,1\n", true);
  EXPECT_THAT(load_error(request), HasSubstr("is a field of one symbol, not a symbol"));
  request.all_symbols = false;
  request.symbols = {"A"};
  EXPECT_THAT(load_error(request), HasSubstr("is a field of one symbol, not a symbol"));
  request.symbols = {"Close"};  // said by name
  EXPECT_EQ(load_error(request), "");
  // Of a long table the same file says how it is read, not that it is wide.
  EXPECT_THAT(load_error(request_of("Date,Open,Close\n2024-01-02,1,1\n", false)),
              AllOf(HasSubstr("{symbol}.csv"), Not(HasSubstr("layout: wide"))));
}

TEST_F(FieldHeaders, ALongTableIsNotReadAsAWideOne) {
  LoadRequest request = request_of("date,symbol,close\n2024-01-02,A,10\n2024-01-03,A,11\n", true);
  EXPECT_THAT(load_error(request), AllOf(HasSubstr("data.layout: long"), Not(HasSubstr("is not a number"))));
  request.all_symbols = false;
  request.symbols = {"A"};
  EXPECT_THAT(load_error(request), HasSubstr("data.layout: long"));
}

TEST_F(FieldHeaders, FieldsAndSymbolsInOneNameAreNoSymbols) {
  for (const char* header :
       {"Date,Close_A,Volume_A,Close_B,Volume_B", "date,A.open,A.close,B.open,B.close",
        "date,close A,adj close A,close B,B", "Date,A-Adj_Close,A-Close,B-Adj_Close,B-Close",
        "date,BRK.B|close,BRK.B|high,A|close,A|high",
        "Date,\"('x', 'Close', 'A')\",\"('x', 'Open', 'A')\",\"('x', 'Close', 'B')\",\"('x', 'Open', 'B')\""}) {
    for (const bool wide : {false, true}) {
      EXPECT_THAT(load_error(request_of(std::string(header) + "\n2024-01-02,1,1,1,1\n", wide)),
                  AllOf(HasSubstr("have a field and a symbol in one name"), HasSubstr("above the symbols"),
                        Not(HasSubstr("need data.layout: wide"))))
          << header;
    }
  }
}

TEST_F(FieldHeaders, MoreAboutABarIsNoSymbol) {
  for (const char* header : {"date,open_time,open,close,close_time", "date,close,adj_open,adj_high,adj_volume",
                             "date,Close,Open,Adj. Open,Adj. Volume"}) {
    for (const bool wide : {false, true}) {
      EXPECT_THAT(load_error(request_of(std::string(header) + "\n2024-01-02,1,1,1,1\n", wide)),
                  AllOf(HasSubstr("{symbol}.csv"), Not(HasSubstr("in one name"))))
          << header;
    }
  }
}

TEST_F(FieldHeaders, ClosesThatAreNamedWithTheirFieldAreReadWhereTheUniverseSaysSo) {
  LoadRequest request = request_of("date,close_A,volume_A,close_B\n2024-01-02,10,500,9\n2024-01-03,10,600,9\n", true);
  EXPECT_THAT(load_error(request), HasSubstr("under data.layout: wide, universe.symbols: [close_A, close_B] reads"));
  request.all_symbols = false;
  request.symbols = {"close_A", "close_B"};
  EXPECT_THAT(load_market_data(request).market.prices.instruments, ElementsAre("close_A", "close_B"));
  request = request_of("date,close_A,volume_A\n2024-01-02,10,500\n2024-01-03,10,600\n", false);
  request.price_path = request.price_path.replace(request.price_path.find("p.csv"), 5, "{symbol}.csv");
  request.format.columns = {{"close", "close_A"}, {"volume", "volume_A"}};
  request.all_symbols = false;
  request.symbols = {"p"};
  EXPECT_THAT(load_market_data(request).market.prices.instruments, ElementsAre("p"));
}

TEST_F(FieldHeaders, SymbolsThatLookLikeFieldsWithOthersAreRead) {
  for (const char* header : {"date,OPEN-USD,HIGH-USD", "date,close_A,close_B", "date,BRK.B,BF.B", "date,LOW,OPEN.L"}) {
    EXPECT_EQ(load_error(request_of(std::string(header) + "\n2024-01-02,1,1\n2024-01-03,1,1\n", true)), "") << header;
  }
}

TEST_F(FieldHeaders, AFieldAmongSymbolsIsNotTraded) {
  LoadRequest request = request_of("date,A,Volume,LOW\n2024-01-02,10,500,90\n2024-01-03,10,600,90\n", true);
  EXPECT_THAT(load_market_data(request).market.prices.instruments, ElementsAre("A", "LOW"));  // the shares of Lowe's
  EXPECT_THAT(load_warnings(request), HasSubstr("Volume: is named like a field"));
  request.all_symbols = false;
  request.symbols = {"A", "Volume"};
  EXPECT_THAT(load_market_data(request).market.prices.instruments, ElementsAre("A", "Volume"));
  EXPECT_THAT(load_warnings(request), IsEmpty());
}

TEST_F(FieldHeaders, SymbolsAboveColumnsAreOfferedWhereNoneIsWanted) {
  for (const bool wide : {false, true}) {
    LoadRequest request = request_of("Price,Close,Close\nTicker,A,B\nDate,,\n2024-01-02,10,9\n", wide);
    request.all_symbols = false;
    request.symbols = {"a", "b"};
    EXPECT_THAT(load_error(request), HasSubstr("has a row (a, b); the table has A, B")) << wide;
  }
}

}  // namespace
}  // namespace backtest
