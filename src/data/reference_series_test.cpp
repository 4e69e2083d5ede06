// Files of a benchmark and of risk-free rates in the forms in which people have them.
#include "data/reference_series.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "data/local_sources.hpp"
#include "data/temporary_files_for_tests.hpp"

namespace backtest {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class ReferenceFiles : public ::testing::Test {
 protected:
  ReferenceRequest request_of(const std::string& text) {
    const std::string path = files.write("b.csv", text);
    return {.role = "the benchmark",
            .key = "benchmark",
            .parts = table_parts(*sources, path),
            .symbol = {},
            .kind = FieldKind::price,
            .first = make_date(2024, 1, 1),
            .last = make_date(2024, 12, 31),
            .format = {},
            .sources = sources.get()};
  }
  std::vector<double> values(const std::string& text) {
    std::vector<double> found;
    warnings.clear();
    for (const ReferenceRow& row : read_reference(request_of(text), warnings).rows) found.push_back(row.value);
    return found;
  }
  std::string error(const std::string& text) {
    try {
      values(text);
    } catch (const InvalidInput& invalid) {
      return invalid.what();
    }
    return "";
  }
  TemporaryFiles files;
  std::shared_ptr<const DataSources> sources = local_sources();
  std::vector<Diagnostic> warnings;
};

TEST_F(ReferenceFiles, OfOneSymbolAboveItsFields) {
  const std::string rows = "2024-01-02,60,59,0\n2024-01-03,61,60,1\n";
  EXPECT_THAT(values("Price,Close,Adj Close,dividend\nTicker,KO,KO,KO\nDate,,,\n" + rows), ElementsAre(60, 61));
  EXPECT_THAT(values("Ticker,KO,KO,KO\nPrice,Close,Adj Close,dividend\n" + rows), ElementsAre(60, 61));
  EXPECT_THAT(error("Price,Adj Close,Open,Open\nTicker,KO,KO,PEP\nDate,,,\n" + rows),
              AllOf(HasSubstr("holds several symbols (KO, PEP); the benchmark is one"), HasSubstr("benchmark.symbol")));
  EXPECT_THAT(error("Price,Adj Close,Open,High\nTicker,KO,KO,KO\nDate,,,\n" + rows),
              HasSubstr("there is no column 'close'; the table has"));
}

TEST_F(ReferenceFiles, OfOneSymbolAboveItsFieldsTellWhatIsNotRead) {
  values("Price,Close,Adj Close,Dividends\nTicker,KO,KO,KO\nDate,,,\n2024-01-02,60,59,0\n2024-01-03,61,60,1\n");
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_THAT(warnings[0].text(), HasSubstr("Adj Close: the benchmark is read from 'close' as it stands"));
  EXPECT_THAT(warnings[1].text(), HasSubstr("Dividends: the benchmark does not count this column's values"));
}

TEST_F(ReferenceFiles, OfOneSymbolAFileAreOfOneSymbol) {
  const std::string second = files.write("c.csv", "Price,Close\nTicker,PEP\nDate,\n2024-01-03,170\n");
  ReferenceRequest request = request_of("Price,Close\nTicker,KO\nDate,\n2024-01-02,60\n");
  request.parts.push_back(table_parts(*sources, second).front());
  EXPECT_THROW(read_reference(request, warnings), InvalidInput);
}

TEST_F(ReferenceFiles, OfSeveralSymbolsSayWhatToDo) {
  EXPECT_THAT(error("date,symbol,close\n2024-01-02,A,1\n2024-01-02,B,2\n"),
              AllOf(HasSubstr("holds several symbols (A, B); the benchmark is one"),
                    HasSubstr("keep the rows of that one"), HasSubstr("benchmark.symbol")));
}

TEST_F(ReferenceFiles, AnIndexIsNoColumn) {  // DATA-8
  for (const char* header : {",date,spx", "index,date,spx", "Unnamed: 0,date,spx", "level_0,date,spx"}) {
    EXPECT_THAT(values(std::string(header) + "\n0,2024-01-02,4700\n1,2024-01-03,4800\n"), ElementsAre(4700, 4800))
        << header;
  }
  EXPECT_THAT(values("date,index\n2024-01-02,4700\n"), ElementsAre(4700));
  EXPECT_THAT(values(",0\n2024-01-02,4700\n"), ElementsAre(4700));
  EXPECT_THAT(error("date,spx,dax\n2024-01-02,4700,1\n"), HasSubstr("there is no column 'close'"));
}

TEST_F(ReferenceFiles, ShiftedMidnightsAreNoticed) {
  std::string text = "date,close\n";
  for (const char* day : {"2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-07"})
    text += std::string(day) + "T23:00:00Z,10\n";
  values(text);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_THAT(warnings[0].text(), HasSubstr("every date stands at 23:00 o'clock, 1 of them on a Sunday"));
}

}  // namespace
}  // namespace backtest
