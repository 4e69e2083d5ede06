#include "report/html.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "report/csv_file.hpp"

namespace backtest {
namespace {

TEST(Html, EscapesWhatHasMeaning) {
  EXPECT_EQ(escaped("<a href=\"x\">'&'</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
  EXPECT_EQ(escaped("plain \u00e9"), "plain \u00e9");
}

TEST(Html, ShowsNumbersToAReader) {
  struct Case {
    std::string shown, expected;
  };
  const Case cases[] = {{shown_percent(0.1234), "12.34%"},
                        {shown_percent(-0.1234, 1), "\u221212.3%"},
                        {shown_percent(-0.00001), "0.00%"},  // no signed zero
                        {shown_percent(12.5, 0), "1,250%"},
                        {shown_percent({}), "n/a"},
                        {shown_percent(missing), "n/a"},
                        {shown_signed_percent(0.02), "+2.00%"},
                        {shown_signed_percent(0.0), "0.00%"},
                        {shown_ratio(-1.005), "\u22121.00"},
                        {shown_ratio(1234.5), "1,234.50"},
                        {shown_money(1234567.8), "1,234,568"},
                        {shown_money(-999.5), "\u2212999.50"},
                        {shown_money({}), "n/a"},
                        {shown_compact(0), "0"},
                        {shown_compact(950'000), "950k"},
                        {shown_compact(1'250'000), "1.25M"},
                        {shown_compact(-2e9), "\u22122B"},
                        {shown_count(1234567), "1,234,567"},
                        {shown_plural(1, "bar"), "1 bar"},
                        {shown_plural(1006, "bar"), "1,006 bars"}};
  for (const Case& c : cases) EXPECT_EQ(c.shown, c.expected);
}

TEST(CsvFile, QuotesOnlyWhereNeededAndLeavesMissingEmpty) {  // ART-2
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "csv-file-test.csv";
  std::filesystem::remove(path);
  CsvFile csv(path, {"text", "number", "optional", "integer", "date"});
  csv.text("a b").number(1.0).number(std::nullopt).integer(-3).date(make_date(2024, 2, 29));
  csv.end_row();
  csv.text("a,\"b\"").number(missing).number(std::optional(1e-5)).integer(0).date(make_date(1999, 1, 1));
  csv.end_row();
  csv.text("two\nlines").number(-0.0).number(std::optional(1e16)).integer(0).date(make_date(1999, 1, 1));
  csv.end_row();
  csv.close();
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(),
            "text,number,optional,integer,date\n"
            "a b,1.0,,-3,2024-02-29\n"
            "\"a,\"\"b\"\"\",,1e-05,0,1999-01-01\n"
            "\"two\nlines\",0.0,1e+16,0,1999-01-01\n");
}

}  // namespace
}  // namespace backtest
