// Tables in the forms in which people have them: names, dialects, headers, indexes, directories, days without a bar.
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "base/allowed_file.hpp"
#include "base/date_format.hpp"
#include "data/cell_text.hpp"
#include "data/load.hpp"
#include "data/load_words_for_tests.hpp"
#include "data/table_names.hpp"
#include "data/table_parts.hpp"
#include "data/temporary_files_for_tests.hpp"

namespace backtest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class TableForms : public ::testing::Test {
 protected:
  LoadRequest request_of(const std::string& path) {
    LoadRequest request;
    request.price_path = path;
    request.all_symbols = true;
    request.start_date = make_date(2024, 1, 1);
    request.end_date = make_date(2024, 1, 31);
    request.fill_policy = FillPolicy::next_close;
    return request;
  }
  // Per bar "date: closes of A and B", "-" where there is no row, "?" where the row has no close.
  std::string closes(const Panel& panel) {
    std::string text;
    for (std::size_t bar = 0; bar < panel.bar_count(); ++bar) {
      text += to_text(panel.dates[bar]) + ":";
      for (InstrumentIndex i = 0; i < panel.instrument_count(); ++i) {
        const std::size_t cell = panel.cell(bar, i);
        text += panel.has_row[cell] == 0        ? " -"
                : std::isnan(panel.close[cell]) ? " ?"
                                                : fmt::format(" {}", panel.close[cell]);
      }
      text += "\n";
    }
    return text;
  }
  std::string loaded(const LoadRequest& request) { return closes(load_market_data(request).market.prices); }
  TemporaryFiles files;
};

const std::string two_days = "2024-01-02: 10 20\n2024-01-03: 11 21\n";

// ---- CSV dialects ----

TEST(NumberFormats, ReadOrRefuse) {
  struct Case {
    const char* text;
    NumberFormat format;
    std::optional<double> number;
  };
  const NumberFormat comma{.decimal = ',', .thousands = '\0', .currency = ""};
  const NumberFormat german{.decimal = ',', .thousands = '.', .currency = ""};
  const NumberFormat english{.decimal = '.', .thousands = ',', .currency = ""};
  const NumberFormat swiss{.decimal = '.', .thousands = '\'', .currency = ""};
  const NumberFormat dollars{.decimal = '.', .thousands = ',', .currency = "$"};
  const NumberFormat euros{.decimal = ',', .thousands = ' ', .currency = "\u20ac"};
  for (const Case& c : std::vector<Case>{{"1,5", comma, 1.5},
                                         {"1.5", comma, std::nullopt},
                                         {"-1.234,5", german, -1234.5},
                                         {"1.234.567", german, 1234567},
                                         {"1.5", german, std::nullopt},
                                         {"12.34,5", german, std::nullopt},
                                         {"1,234.5", english, 1234.5},
                                         {"1,23", english, std::nullopt},
                                         {"1234,567", english, std::nullopt},
                                         {",123", english, std::nullopt},
                                         {"1.5,000", english, std::nullopt},
                                         {"1'000.25", swiss, 1000.25},
                                         {"1,2,3", comma, std::nullopt},
                                         {"1e3", english, 1000},
                                         {"$1,234.50", dollars, 1234.5},
                                         {"-$1,234.50", dollars, -1234.5},
                                         {"$ -5", dollars, -5},
                                         {"1234.5 $", dollars, 1234.5},
                                         {"12", dollars, 12},
                                         {"$", dollars, std::nullopt},
                                         {"$$5", dollars, std::nullopt},
                                         {"1$5", dollars, std::nullopt},
                                         {"\u20ac5", dollars, std::nullopt},
                                         {"1\u202f234,50\u00a0\u20ac", euros, 1234.5},
                                         {"$1,234.50", english, std::nullopt},
                                         {"60%", {}, 0.6},
                                         {"-33.3 %", {}, -0.333},
                                         {"1,250.5%", english, 12.505},
                                         {"12,5\u00a0%", comma, 0.125},
                                         {"%", {}, std::nullopt},
                                         {"nan%", {}, std::nullopt},
                                         {"5%%", {}, std::nullopt},
                                         {"1e3%", {}, std::nullopt}}) {
    EXPECT_EQ(parse_cell(c.text, c.format), c.number) << c.text;
  }
  EXPECT_TRUE(std::isnan(parse_cell("NA", german).value()));
  EXPECT_TRUE(std::isnan(parse_cell("", english).value()));
  EXPECT_TRUE(std::isnan(parse_cell("1.#QNAN", german).value()));
}

TEST(DateFormats, ReadOrRefuse) {
  struct Case {
    const char* text;
    const char* format;
    const char* date;  // empty: none
  };
  for (const Case& c : std::vector<Case>{{"02/01/2024", "%d/%m/%Y", "2024-01-02"},
                                         {"1/2/2024", "%m/%d/%Y", "2024-01-02"},
                                         {"31/02/2024", "%d/%m/%Y", ""},
                                         {"13/13/2024", "%d/%m/%Y", ""},
                                         {"20240102", "%Y%m%d", "2024-01-02"},
                                         {"202401021", "%Y%m%d", ""},
                                         {"2-Jan-24", "%d-%b-%y", "2024-01-02"},
                                         {"Jan 2, 1999", "%b %d, %Y", "1999-01-02"},
                                         {"January 2 2024", "%B %d %Y", "2024-01-02"},
                                         {"2024060", "%Y%j", "2024-02-29"},
                                         {"2023366", "%Y%j", ""},
                                         {"02.01.2024 16:30:05.25", "%d.%m.%Y %H:%M:%S.%f", "2024-01-02"},
                                         {"1/2/2024 4:00 PM", "%m/%d/%Y %I:%M %p", "2024-01-02"},
                                         {"02.01.2024 16:30", "%d.%m.%Y", ""},
                                         {"Tue, 2 Jan 2024", "%a, %d %b %Y", "2024-01-02"},
                                         {"Tuesday 2 January 2024", "%A %d %B %Y", "2024-01-02"},
                                         {"Tomorrow 2 January 2024", "%A %d %B %Y", ""},
                                         {"1704153600", "epoch_s", "2024-01-02"},
                                         {"1704153600.5", "epoch_s", "2024-01-02"},
                                         {"-1", "epoch_s", "1969-12-31"},
                                         {"1704153600000", "epoch_ms", "2024-01-02"},
                                         {"1704239999999999", "epoch_us", "2024-01-02"},
                                         {"1704153600000000000", "epoch_ns", "2024-01-02"},
                                         {"1704153600000", "epoch_s", ""},
                                         {"2024-01-02", "epoch_s", ""},
                                         {"nan", "epoch_s", ""},
                                         {"45293", "excel", "2024-01-02"},
                                         {"45293.75", "excel", "2024-01-02"},
                                         {"60", "excel", ""},
                                         {"61", "excel", "1900-03-01"},
                                         {"-3", "excel", ""}}) {
    const auto time = parse_cell_time(c.text, c.format);
    EXPECT_EQ(time ? to_text(time->date) : "", c.date) << c.text;
  }
  EXPECT_EQ(parse_cell_time("1/2/2024 4:05 PM", "%m/%d/%Y %I:%M %p")->second, (16 * 60 + 5) * 60);
  EXPECT_EQ(parse_cell_time("2024-01-02 00:00 +0530", "%F %H:%M %z")->offset_s, (5 * 60 + 30) * 60);
  EXPECT_THAT(wrong_date_format("%d/%m").value(), HasSubstr("no year"));
  EXPECT_THAT(wrong_date_format("%d/%q/%Y").value(), HasSubstr("'%q' is no directive"));
  EXPECT_FALSE(wrong_date_format("%d. %B %Y"));
  EXPECT_EQ(parse_cell_time("45293.75", "excel")->second, 18 * 3600);
  EXPECT_EQ(parse_cell_time("45293.75", "excel")->offset_s, std::nullopt);
  EXPECT_EQ(parse_cell_time("1704225600", "epoch_s")->second, 20 * 3600);
  EXPECT_EQ(parse_cell_time("1704225600", "epoch_s")->offset_s, 0);
  EXPECT_FALSE(wrong_date_format("epoch_ms"));
  EXPECT_THAT(wrong_date_format("epoch").value(),
              HasSubstr("counts are epoch_s, epoch_ms, epoch_us, epoch_ns and excel"));
}

TEST(UnreadableCells, AreToldWithWhatReadsThem) {
  for (const auto& [cell, format] :
       std::vector<std::pair<const char*, const char*>>{{"1704153600", "epoch_s"},
                                                        {"1704153600.0", "epoch_s"},
                                                        {"1704153600000", "epoch_ms"},
                                                        {"1704153600000000", "epoch_us"},
                                                        {"1704153600000000000", "epoch_ns"},
                                                        {"45293", "excel"},
                                                        {"2024002", "%Y%j"},
                                                        {"20240102", "%Y%m%d"},
                                                        {"Tue 02 Jan 2024", "%a %d %b %Y"},
                                                        {"2024/01/02", "%Y/%m/%d"}}) {
    EXPECT_THAT(unreadable_date(cell), HasSubstr(std::string("date_format: \"") + format + "\"")) << cell;
    EXPECT_TRUE(parse_cell_time(cell, format)) << cell;
  }
  for (const auto& [cell, keys] : std::vector<std::pair<const char*, const char*>>{
           {"$1,234.50", "data.csv: {currency: \"$\", thousands: \",\"} reads it"},
           {"12,50 \u20ac", "data.csv: {currency: \"\u20ac\", decimal: \",\"} reads it"},
           {"$12", "data.csv: {currency: \"$\"} reads it"},
           {"1'234.5", "data.csv: {thousands: \"'\"} reads it"},
           {"1 234,5", "data.csv: {decimal: \",\", thousands: space} reads it"},
           {"1.234,5", "data.csv: {decimal: \",\", thousands: \".\"} reads it"},
           {"1,234.5", "data.csv: {thousands: \",\"} reads it"},
           {"1,234", "data.csv: {decimal: \",\"} or {thousands: \",\"} says what its comma is"}}) {
    EXPECT_THAT(not_a_number(cell), HasSubstr(keys)) << cell;
  }
  for (const char* none : {"2024-02-30", "2024-13-05", "20240230", "2024/02/30", "31.04.2024"}) {
    EXPECT_EQ(unreadable_date(none), std::string("'") + none + "' is not a date: there is no such day") << none;
  }
  EXPECT_EQ(unreadable_date("30.02.2024 16:00"), "'30.02.2024 16:00' is not a date: there is no such day or time");
  EXPECT_EQ(not_a_number("ten"), "'ten' is not a number");
  EXPECT_EQ(not_a_number("n.a."), "'n.a.' is not a number");
}

TEST_F(TableForms, ACommentIsNoHeader) {
  const std::string said =
      load_error(request_of(files.write("p.csv", "# source: x y\ndate,symbol,close\n2024-01-02,A,1\n")));
  EXPECT_THAT(said, HasSubstr("the first line is a comment: leave it out"));
  EXPECT_THAT(said, Not(HasSubstr("delimiter")));
}

TEST_F(TableForms, ADialectIsReadWhereItIsNamed) {
  const std::string path = files.write("p.csv", "Datum;Kürzel;Schluss\n02.01.2024;A;1.010,5\n02.01.2024;B;20\n");
  LoadRequest request = request_of(path);
  EXPECT_THAT(load_error(request), HasSubstr("data.csv says: {delimiter: \";\"}"));
  request.format.delimiter = ';';
  EXPECT_THAT(load_error(request), HasSubstr("data.columns: {date: ...}"));
  request.format.columns = {{"date", "Datum"}, {"symbol", "Kürzel"}, {"close", "Schluss"}};
  EXPECT_THAT(load_error(request), HasSubstr("2:Datum: '02.01.2024' is not a date")) << load_error(request);
  request.format.date_format = "%d.%m.%Y";
  EXPECT_THAT(load_error(request), HasSubstr("'1.010,5' is not a number"));
  request.format.numbers = {.decimal = ',', .thousands = '.'};
  EXPECT_EQ(loaded(request), "2024-01-02: 1010.5 20\n");
}

TEST_F(TableForms, ANameOfDataColumnsIsTheOnlyOne) {
  LoadRequest request = request_of(files.write("p.csv",
                                               "date,symbol,close,Adj Close\n2024-01-02,A,1,10\n2024-01-02,B,1,20\n"
                                               "2024-01-03,A,1,11\n2024-01-03,B,1,21\n"));
  request.format.columns = {{"close", "Adj Close"}};
  EXPECT_EQ(loaded(request), two_days);
  EXPECT_EQ(load_warnings(request), "");
  request.format.columns = {{"close", "Adj"}};
  EXPECT_THAT(load_error(request), HasSubstr("data.columns.close: there is no column 'Adj'"));
  request.format.columns = {{"klose", "Adj Close"}};
  EXPECT_THAT(load_error(request), HasSubstr("data.columns.klose: nothing that the run reads is called so"));
}

TEST_F(TableForms, RowsOfEmptyFieldsAreBlank) {
  EXPECT_EQ(loaded(request_of(files.write(
                "p.csv", "date,symbol,close\r\n2024-01-02,A,10\r\n,,\r\n2024-01-02,B,20\r\n,,\r\n , ,\r\n,,,,\r\n"))),
            "2024-01-02: 10 20\n");
  EXPECT_THAT(load_error(request_of(files.write("q.csv", "date,symbol,close\n2024-01-02,A,10\n,,5\n"))),
              HasSubstr("3:symbol: the symbol is missing"));
}

// ---- headers and indexes ----

TEST(StackedHeaders, AreToldFromOrdinaryOnes) {
  using Lines = std::vector<std::vector<std::string>>;
  const auto lines = [](const Lines& records) {
    const auto header = stacked_header(records);
    return header ? header->line_count : 1;
  };
  EXPECT_EQ(lines({{"Price", "Close", "Volume"}, {"Ticker", "KO", "KO"}, {"Date", "", ""}}), 3U);
  EXPECT_EQ(lines({{"Ticker", "KO", "PEP"}, {"Price", "Close", "Close"}, {"Date", "", ""}}), 3U);
  EXPECT_EQ(lines({{"", "Close", "Close"}, {"", "KO", "PEP"}, {"2024-01-02", "1", "2"}}), 2U);
  EXPECT_EQ(lines({{"Price", "Close", "Volume"}, {"Date", "", ""}, {"2024-01-02", "1", "2"}}), 2U);
  EXPECT_EQ(lines({{"", "A", "B"}, {"2024-01-02", "1", "2"}, {"2024-01-03", "1", "2"}}), 1U);
  EXPECT_EQ(lines({{"", "Close", "Volume"}, {"2024-01-02", "1", "2"}, {}}), 1U);
  EXPECT_EQ(lines({{"symbol", "close", "open"}, {"KO", "1", "2"}, {"PEP", "1", "2"}}), 1U);
}

TEST_F(TableForms, HeadersOfFieldsAndSymbols) {  // yfinance since 0.2.51
  const std::string text =
      "Price,Close,Close,Open,Open\nTicker,B,A,B,A\nDate,,,,\n2024-01-02,20,10,2,1\n2024-01-03,21,11,2,\n";
  LoadRequest request = request_of(files.write("p.csv", text));
  request.fill_policy = FillPolicy::next_open;
  EXPECT_EQ(loaded(request), two_days);
  const Panel panel = load_market_data(request).market.prices;
  EXPECT_EQ(panel.open[0], 1);
  EXPECT_TRUE(std::isnan(panel.open[2]));
  request.all_symbols = false;
  request.symbols = {"A"};
  EXPECT_EQ(loaded(request), "2024-01-02: 10\n2024-01-03: 11\n");
  request.price_path = files.write("bad.csv", "Price,Close,Close\nTicker,A,A\nDate,,\n2024-01-02,20,10\n");
  EXPECT_THAT(load_error(request), HasSubstr("two columns have this name"));
}

TEST_F(TableForms, AnIndexIsNoInstrument) {
  for (const char* header : {",A,B", "Unnamed: 0,A,B", "Date,A,B", "timestamp,A,B", "index,A,B"}) {
    LoadRequest request =
        request_of(files.write("p.csv", std::string(header) + "\n2024-01-02,10,20\n2024-01-03,11,21\n"));
    request.wide = true;
    EXPECT_EQ(loaded(request), two_days) << header;
  }
  for (const char* index : {"", "Unnamed: 0", "__index_level_0__", "index", "level_0"}) {
    LoadRequest request =
        request_of(files.write("p.csv", std::string(index) + ",Date,A,B\n8,2024-01-02,10,20\n9,2024-01-03,11,21\n"));
    request.wide = true;
    EXPECT_EQ(loaded(request), two_days) << index;
    const bool is_guessed = std::string(index) == "index" || std::string(index) == "level_0";
    EXPECT_EQ(!load_warnings(request).empty(), is_guessed) << load_warnings(request);
  }
  LoadRequest request = request_of(files.write("p.csv", ",A,B\n8,10,20\n"));
  request.wide = true;
  EXPECT_THAT(load_error(request), HasSubstr("there is no date column"));
}

// ---- several files ----

TEST_F(TableForms, DirectoriesAndPatterns) {
  for (const char* directory : {"d/symbol=A", "d/symbol=B", "d/_tmp", "e"}) {
    std::filesystem::create_directories(files.path(directory));
  }
  files.write("d/symbol=A/1.csv", "date,close\n2024-01-02,10\n");
  files.write("d/symbol=A/2.csv", "date,close\n2024-01-03,11\n");
  files.write("d/symbol=B/1.csv", "close,date\n20,2024-01-02\n21,2024-01-03\n");
  files.write("d/_SUCCESS", "");
  files.write("d/_tmp/1.csv", "nothing");
  for (const char* path : {"d", "d/", "d/*/*.csv", "d/sym*", "**/symbol=?/*.csv", "d/symbol=[AB]/[12].csv"}) {
    EXPECT_EQ(loaded(request_of(files.path(path))), two_days) << path;
  }
  EXPECT_EQ(loaded(request_of(files.path("d/*/1.csv"))), "2024-01-02: 10 20\n2024-01-03: - 21\n");
  EXPECT_THAT(load_error(request_of(files.path("d/*/3.csv"))), HasSubstr("no file matches this pattern"));
  EXPECT_THAT(load_error(request_of(files.path("e"))), HasSubstr("a directory without a table"));
  EXPECT_THAT(load_error(request_of(files.path("d/*/../1.csv"))), HasSubstr("cannot lead up"));
  files.write("d/notes.txt", "x");
  EXPECT_THAT(load_error(request_of(files.path("d"))), HasSubstr("notes.txt: is no table that can be read"));
}

TEST_F(TableForms, LinksInARingEnd) {
  std::filesystem::create_directories(files.path("d"));
  files.write("d/1.csv", "date,symbol,close\n2024-01-02,A,10\n");
  std::filesystem::create_directory_symlink(files.path("d"), files.path("d/ring"));
  std::filesystem::create_directory_symlink(files.path("d"), files.path("d/ring2"));
  EXPECT_EQ(loaded(request_of(files.path("d/**/*.csv"))), "2024-01-02: 10\n");
  EXPECT_THAT(load_error(request_of(files.path("d"))), HasSubstr("d/ring: is no table that can be read"));
}

TEST_F(TableForms, StackedColumnsAreMapped) {
  LoadRequest request = request_of(files.write("p.csv",
                                               "Price,Close,Close,Dividends,Dividends\nTicker,A,B,A,B\nDate,,,,\n"
                                               "2024-01-02,10,20,0,0\n2024-01-03,11,21,1,0\n"));
  request.format.columns = {{"dividend", "Dividends"}};
  EXPECT_EQ(load_market_data(request).market.prices.dividend[2], 1);
  EXPECT_EQ(load_warnings(request), "");
}

TEST_F(TableForms, DatesOfDirectories) {
  std::filesystem::create_directories(files.path("d/date=2024-01-02"));
  std::filesystem::create_directories(files.path("d/date=2024-01-03"));
  files.write("d/date=2024-01-02/x.csv", "symbol,close\nA,10\nB,20\n");
  files.write("d/date=2024-01-03/x.csv", "symbol,close\nA,11\nB,21\n");
  EXPECT_EQ(loaded(request_of(files.path("d"))), two_days);
  std::filesystem::create_directories(files.path("d/date=soon"));
  files.write("d/date=soon/x.csv", "symbol,close\nA,10\n");
  EXPECT_THAT(load_error(request_of(files.path("d"))), HasSubstr("'soon' in the name of its directory is not a date"));
}

TEST_F(TableForms, ATemplateMayBeAPattern) {
  std::filesystem::create_directories(files.path("A"));
  std::filesystem::create_directories(files.path("B"));
  files.write("A/1.csv", "date,close\n2024-01-02,10\n");
  files.write("A/2.csv", "date,close\n2024-01-03,11\n");
  files.write("B/1.csv", "date,close\n2024-01-02,20\n2024-01-03,21\n");
  LoadRequest request = request_of(files.path("{symbol}/*.csv"));
  request.all_symbols = false;
  request.symbols = {"A", "B"};
  EXPECT_EQ(loaded(request), two_days);
}

TEST_F(TableForms, EachFileOwesTheAccessCheck) {  // SEC-4
  std::filesystem::create_directories(files.path("in"));
  std::filesystem::create_directories(files.path("out"));
  files.write("in/1.csv", "date,symbol,close\n2024-01-02,A,10\n");
  const std::string secret = files.write("out/2.csv", "date,symbol,close\n2024-01-02,B,10\n");
  LoadRequest request = request_of(files.path("in"));
  request.sources = local_sources([&](const std::string& path) { return open_allowed(path, {files.path("in")}); });
  EXPECT_EQ(loaded(request), "2024-01-02: 10\n");
  std::filesystem::create_symlink(secret, files.path("in/2.csv"));
  for (const char* path : {"in", "in/*.csv", "in/2.csv"}) {
    request.price_path = files.path(path);
    EXPECT_THAT(load_error(request), HasSubstr("2.csv: the file cannot be read: Permission denied")) << path;
  }
  request.price_path = files.path("o*/2.csv");
  EXPECT_THAT(load_error(request), HasSubstr("Permission denied"));
}

// ---- days and times ----

TEST_F(TableForms, MidnightsOfAnotherZoneAreNoticed) {
  // Tuesday to Friday and Monday, in Paris, as UTC has them.
  std::string text = "date,symbol,close\n";
  for (const char* day : {"2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-07"})
    text += std::string(day) + "T23:00:00+00:00,A,10\n";
  LoadRequest request = request_of(files.write("p.csv", text));
  EXPECT_THAT(load_warnings(request), HasSubstr("every date stands at 23:00 o'clock, 1 of them on a Sunday"));
  EXPECT_THAT(load_warnings(request), HasSubstr("data.timezone"));
  request.format.timezone = "Europe/Paris";
  EXPECT_EQ(load_warnings(request), "");
  EXPECT_EQ(load_market_data(request).market.prices.dates.front(), make_date(2024, 1, 2));
  request.format.timezone = "Europe/Atlantis";
  EXPECT_THAT(load_error(request), HasSubstr("data.timezone: 'Europe/Atlantis' is no time zone"));
}

TEST_F(TableForms, TimesThatShiftNothingAreNotDoubted) {
  for (const char* time : {"T21:00:00Z", "T16:00:00-05:00", " 00:00:00", "T05:00:00+00:00"}) {
    std::string text = "date,symbol,close\n";
    for (const char* day : {"2024-01-04", "2024-01-05", "2024-01-08"}) text += std::string(day) + time + ",A,10\n";
    EXPECT_EQ(load_warnings(request_of(files.write("p.csv", text))), "") << time;
  }
}

TEST_F(TableForms, ATimezoneLeavesPlainDates) {
  LoadRequest request = request_of(files.write("p.csv", "date,symbol,close\n2024-01-02,A,10\n2024-01-02 23:00,A,11\n"));
  request.format.timezone = "Europe/Paris";
  EXPECT_EQ(loaded(request), "2024-01-02: 10\n2024-01-03: 11\n");
  request.format.timezone = "America/New_York";
  EXPECT_THAT(load_error(request), HasSubstr("a second row of A on 2024-01-02, at 18:00:00 after 00:00:00"));
}

TEST_F(TableForms, BarsAreDaily) {
  LoadRequest request = request_of(
      files.write("p.csv", "date,symbol,close\n2024-01-02 09:30,A,10\n2024-01-02 15:30,A,11\n2024-01-02 15:30,A,12\n"));
  for (const bool last_wins : {false, true}) {
    request.last_duplicate_wins = last_wins;
    EXPECT_THAT(load_error(request),
                HasSubstr("3: a second row of A on 2024-01-02, at 15:30:00 after 09:30:00: bars are "
                          "daily. Make one row a day"));
    EXPECT_THAT(load_error(request), Not(HasSubstr("after 09:30:00: bars are daily; data.on_duplicate")));
  }
}

TEST_F(TableForms, ARowWithoutAPriceIsARow) {  // but for delistings: DATA-26
  LoadRequest request =
      request_of(files.write("p.csv",
                             "date,symbol,close,open,volume\n2024-01-02,A,10,10,1\n2024-01-02,B,20,20,1\n"
                             "2024-01-03,A,,10,5\n2024-01-03,B,,,0\n"));
  EXPECT_EQ(loaded(request), "2024-01-02: 10 20\n2024-01-03: ? ?\n");
}

TEST_F(TableForms, ActionsThatAreNotReadAreNamed) {
  const std::string path = files.write("p.csv",
                                       "Date,Symbol,Close,Adj Close,Dividends,Stock Splits\n"
                                       "2024-01-02,A,10,9,0,0\n2024-01-03,A,9,9,1,0\n");
  LoadRequest request = request_of(path);
  EXPECT_THAT(load_warnings(request),
              HasSubstr("p.csv:3: 'Adj Close' and 'Dividends' (1 value, the first on line 3) are not read"));
  EXPECT_THAT(load_warnings(request), HasSubstr("data.columns: {dividend: \"Dividends\"}"));
  request.format.columns = {{"dividend", "Dividends"}};
  EXPECT_THAT(load_warnings(request), HasSubstr("'Adj Close' is not read"));
  EXPECT_EQ(load_market_data(request).market.prices.dividend[1], 1);
  EXPECT_EQ(load_warnings(request_of(files.write("q.csv", "date,symbol,close,note\n2024-01-02,A,10,9\n"))), "");
}

// ---- signals and weights ----

class OffCalendarRows : public TableForms {
 protected:
  // Bars on Friday the 5th, Monday the 8th and Tuesday the 9th.
  LoadRequest request = request_of(files.write("p.csv",
                                               "date,symbol,close\n2024-01-05,A,1\n2024-01-08,A,1\n2024-01-09,A,1\n"
                                               "2024-01-05,B,1\n2024-01-08,B,1\n2024-01-09,B,1\n"));
  // Per bar "A B", "." where there is no row.
  std::string signals(const std::string& text) {
    request.signal_path = files.write("s.csv", text);
    if (!request.signal_name) request.signal_columns = {"score"};
    const std::optional<SignalPanel> panel = load_market_data(request).market.signals;
    if (!panel) return "none";
    std::string shown;
    for (std::size_t cell = 0; cell < 6; ++cell) {
      shown += cell % 2 == 0 && cell > 0 ? " | " : cell > 0 ? " " : "";
      shown += panel->has_row[cell] == 0 ? "." : fmt::format("{}", panel->values[0][cell]);
    }
    return shown;
  }
  std::string weights(const std::string& text) {
    request.target_paths = {files.write("w.csv", text)};
    std::string shown;
    for (const TargetTable::BarTargets& decision : load_market_data(request).market.targets[0].decisions) {
      shown += fmt::format("{}:", decision.bar);
      for (const InstrumentWeight& weight : decision.weights)
        shown += fmt::format(" {}={}", weight.instrument, weight.weight);
      shown += ";";
    }
    return shown;
  }
};

const std::string weekend_signals =
    "date,symbol,score\n2024-01-05,A,1\n2024-01-06,A,2\n2024-01-07,B,3\n2024-01-07,A,4\n2024-01-08,B,5\n";

TEST_F(OffCalendarRows, OfSignals) {
  EXPECT_EQ(signals(weekend_signals), "1 . | . 5 | . .");
  EXPECT_THAT(load_warnings(request),
              HasSubstr("s.csv:3: 3 signal rows on 2 days without a bar are left out, the first "
                        "2024-01-06 on line 3; data.on_off_calendar: next"));
  request.on_off_calendar = OffCalendar::next;
  EXPECT_EQ(signals(weekend_signals), "1 . | 4 5 | . .") << "the bar's own row, else the nearest";
  EXPECT_THAT(load_warnings(request), HasSubstr("3 signal rows on 2 days without a bar count on the first bar after"));
  request.on_off_calendar = OffCalendar::previous;
  EXPECT_EQ(signals(weekend_signals), "1 3 | . 5 | . .");
  EXPECT_THAT(load_warnings(request), HasSubstr("optimistic"));
  request.on_off_calendar = OffCalendar::error;
  EXPECT_THROW(signals(weekend_signals), InvalidInput);
  EXPECT_THAT(load_error(request), HasSubstr("s.csv:3: 2024-01-06 is not a bar"));
}

TEST_F(OffCalendarRows, ShorterThanADay) {
  EXPECT_THROW(signals("date,symbol,score\n2024-01-05 10:00,A,1\n2024-01-05 16:00,A,2\n"), InvalidInput);
  EXPECT_THAT(load_error(request),
              HasSubstr("3: a second row of A on 2024-01-05, at 16:00:00 after 10:00:00: signals are "
                        "daily. Keep one row a day"));
  EXPECT_THAT(load_error(request), Not(HasSubstr("volumes")));
}

TEST_F(OffCalendarRows, OfWeightsShorterThanADay) {
  EXPECT_THROW(weights("date,symbol,weight\n2024-01-05 10:00,A,1\n2024-01-05 16:00,A,0.5\n"), InvalidInput);
  EXPECT_THAT(load_error(request), HasSubstr("at 16:00:00 after 10:00:00: weights are daily. Keep one row a day"));
}

TEST_F(OffCalendarRows, AfterTheLastBarThereIsNoNext) {
  request.on_off_calendar = OffCalendar::next;
  EXPECT_EQ(signals("date,symbol,score\n2024-01-09,A,1\n2024-01-13,A,2\n"), ". . | . . | 1 .");
  EXPECT_THAT(load_warnings(request),
              HasSubstr("1 signal row on 1 day without a bar is left out, the first 2024-01-13"));
}

TEST_F(OffCalendarRows, OfWeights) {
  const std::string text = "date,symbol,weight\n2024-01-06,A,1\n2024-01-07,B,1\n2024-01-09,A,0.5\n";
  request.on_off_calendar = OffCalendar::next;
  EXPECT_EQ(weights(text), "1: 1=1;2: 0=0.5;") << "the days are two decisions, and the nearer one counts";
  request.on_off_calendar = OffCalendar::previous;
  EXPECT_EQ(weights(text), "0: 0=1;2: 0=0.5;");
  EXPECT_THAT(load_warnings(request), HasSubstr("optimistic"));
  request.on_off_calendar = OffCalendar::warn;
  EXPECT_EQ(weights(text), "2: 0=0.5;");
  EXPECT_THAT(load_warnings(request), HasSubstr("2 weight rows on 2 days without a bar are left out"));
  request.on_off_calendar.reset();
  EXPECT_THAT(load_error(request), HasSubstr("w.csv:2: 2024-01-06 is not a bar"));
  EXPECT_THAT(load_error(request), HasSubstr("data.on_off_calendar: next moves the row"));
}

TEST_F(OffCalendarRows, WideWeights) {
  EXPECT_EQ(weights("Date,A,B\n2024-01-05,0.6,0.4\n2024-01-08,,0.5\n2024-01-09,0,0\n"),
            "0: 0=0.6 1=0.4;1: 1=0.5;2: 0=0 1=0;");
  EXPECT_EQ(weights(",B,A\n2024-01-05,0.6,0.4\n"), "0: 0=0.4 1=0.6;");
  EXPECT_THROW(weights("date,A,C\n2024-01-05,0.6,0.4\n"), InvalidInput);
  EXPECT_THAT(load_error(request), HasSubstr("w.csv:1:C: is not in the universe; a weights table has the columns date, "
                                             "symbol and weight, or date and one column per symbol"));
}

TEST_F(OffCalendarRows, WideSignals) {
  EXPECT_THROW(signals("date,A,B\n2024-01-05,1,2\n"), InvalidInput);
  EXPECT_THAT(load_error(request), HasSubstr("a table with one column per symbol needs data.signal_name"));
  request.signal_name = "score";
  EXPECT_EQ(signals("date,A,B,C\n2024-01-05,1,,\n2024-01-09,2,3,4\n"), "1 . | . . | 2 3");
}

}  // namespace
}  // namespace backtest
