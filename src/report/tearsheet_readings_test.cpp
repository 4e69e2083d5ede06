#include "report/tearsheet_readings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <limits>

#include "base/json.hpp"
#include "report/tearsheet_scale.hpp"

namespace backtest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(Readings, AreRoundedToWhatIsShownAndNeverEndTheirElement) {
  Readings readings;
  const std::size_t places = readings.add_axis({0, 2, 5}, {Date{100}, Date{103}, Date{90}}, 7);
  const double none = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(readings.add_chart(places, {{"</script>", Unit::percent, {0.123456, none, -0.5}},
                                        {"cents", Unit::money, {9999.994, 0.0, -1.0}},
                                        {"whole", Unit::money, {1e7 + 0.4, none, 1e300}},
                                        {"n", Unit::count, {3.0, 4.0, 5.0}}}),
            0u);
  EXPECT_EQ(readings.add_chart(readings.add_slots({"2020 <Q1>"}), {{"x", Unit::ratio, {1.239}}}), 1u);
  const std::string text = readings.json();
  EXPECT_THAT(text, Not(HasSubstr("<")));
  EXPECT_EQ(json::parse(text), json::parse(R"({
    "axes": [{"last": 7, "row": [0, 2, 3], "day": [100, 3, -13]}, {"label": ["2020 <Q1>"]}],
    "charts": [{"axis": 0, "lines": [["</script>", "p", [1235, null, -5000]], ["cents", "m", [999999, 0, -100]],
                                     ["whole", "n", [10000000, null, 1e300]], ["n", "c", [3, 4, 5]]]},
               {"axis": 1, "lines": [["x", "r", [124]]]}]})"));
}

TEST(Readings, NoChartsAreAnEmptyText) {
  EXPECT_EQ(json::parse(Readings().json()), json::parse(R"({"axes": [], "charts": []})"));
}

TEST(Scale, IsLogarithmicWhereTheRangeAsksForIt) {
  EXPECT_FALSE(money_scale(100, 390).logarithmic);
  EXPECT_TRUE(money_scale(100, 410).logarithmic);
  EXPECT_FALSE(money_scale(-1, 1000).logarithmic);
  EXPECT_THAT(money_scale(100, 1000).ticks, ElementsAre(100, 150, 200, 300, 500, 700, 1000));
  const Scale scale = money_scale(100, 10'000);
  EXPECT_NEAR(scale.depth(100) - scale.depth(1000), scale.depth(1000) - scale.depth(10'000), 1e-9)
      << "equal factors are equally far apart";
}

TEST(Scale, OfEqualValuesHasRoom) {
  for (const double value : {0.0, 5.0, -3.0, 1e12}) {
    const Scale scale = linear_scale(value, value, 4);
    EXPECT_LT(scale.low, value);
    EXPECT_GT(scale.high, value);
    EXPECT_FALSE(scale.ticks.empty());
  }
}

}  // namespace
}  // namespace backtest
