#include "sample/sample_market.hpp"

#include <algorithm>
#include <cmath>

#include "sample/sample_random.hpp"

namespace backtest {

namespace {

constexpr int shares = 238;
constexpr std::uint64_t market_stream = 1;
constexpr std::uint64_t first_share_stream = 1'000;

std::vector<Date> sessions() {
  std::vector<Date> dates;
  for (Date date = make_date(2016, 1, 4); date <= make_date(2023, 12, 29); ++date.days) {
    const CalendarFields day = calendar_fields(date);
    const bool holiday =
        (day.month == 1 && day.day == 1) || (day.month == 7 && day.day == 4) || (day.month == 12 && day.day == 25);
    if (day.weekday <= 5 && !holiday) dates.push_back(date);
  }
  return dates;
}

// Four letters that can be spoken; 97 shares no factor with the 4096 combinations, so that all differ.
std::string symbol_of(int index) {
  constexpr const char* consonants = "BDFGKLMNPRSTVWXZ";
  constexpr const char* vowels = "AEIO";
  const int code = index * 97 % 4096;
  return {consonants[code / 256], vowels[code / 64 % 4], consonants[code / 4 % 16], vowels[code % 4]};
}

double cents(double price) {
  return std::max(0.01, std::round(price * 100.0) / 100.0);
}

// Daily returns of the whole market: mostly calm, with one crash and one slow decline.
std::vector<double> market_returns(std::size_t days) {
  SampleRandom random(market_stream);
  std::vector<double> returns(days);
  for (std::size_t day = 0; day < days; ++day) {
    const bool crash = day > 1080 && day < 1105;
    const bool decline = day > 1560 && day < 1760;
    const double drift = crash ? -0.013 : decline ? -0.0007 : 0.00042;
    returns[day] = drift + random.normal() * (crash ? 0.028 : 0.0085);
  }
  return returns;
}

struct Character {
  double price;
  double drift;  // a day, beside the market's
  double beta;
  double volatility;
  double dividend_yield;  // 0: pays none
  double volume;
  std::size_t first_day;
  std::size_t end_day;
  bool collapses;  // before its end
  double hole_chance;
  double excess_step;  // how fast what it earns beyond the market drifts
};

Character fund(double price, double drift, double beta, double volatility, double dividend_yield, std::size_t days) {
  return {.price = price,
          .drift = drift,
          .beta = beta,
          .volatility = volatility,
          .dividend_yield = dividend_yield,
          .volume = 5e6,
          .first_day = 0,
          .end_day = days,
          .collapses = false,
          .hole_chance = 0.0,
          .excess_step = 0.0};
}

Character share(SampleRandom& random, std::size_t days) {
  Character c{};
  c.price = 8.0 + 180.0 * random.uniform() * random.uniform();
  c.beta = 0.5 + random.uniform();
  c.volatility = 0.009 + 0.016 * random.uniform();
  c.dividend_yield = random.chance(0.55) ? 0.01 + 0.03 * random.uniform() : 0.0;
  c.volume = 5e4 + 3e6 * random.uniform() * random.uniform() * random.uniform();
  const auto some_day = [&](double from, double to) {
    return static_cast<std::size_t>((from + (to - from) * random.uniform()) * static_cast<double>(days));
  };
  c.first_day = random.chance(0.15) ? some_day(0.05, 0.7) : 0;
  c.end_day = random.chance(0.12) ? some_day(0.75, 0.98) : days;
  c.collapses = c.end_day < days && random.chance(0.5);
  c.excess_step = 0.00008;
  c.hole_chance = random.chance(0.3) ? 0.01 : 0.0005;
  return c;
}

class Listing {
 public:
  Listing(const Character& character, SampleRandom random, const std::vector<double>& market)
      : character_(character), random_(random), market_(market), close_(character.price) {}

  std::vector<SampleBar> bars() {
    std::vector<SampleBar> bars;
    // One long hole for a few: what a reused symbol looks like.
    const std::size_t hole = random_.chance(0.02)
                                 ? character_.first_day + 200 + static_cast<std::size_t>(1'000 * random_.uniform())
                                 : market_.size();
    for (std::size_t day = character_.first_day; day < character_.end_day; ++day) {
      const SampleBar bar = next(day);
      const bool first_or_last = day == character_.first_day || day + 1 == character_.end_day;
      const bool eventful = bar.split != 1.0 || bar.dividend != 0.0;
      const bool missing = (day >= hole && day < hole + 30) || random_.chance(character_.hole_chance);
      if (first_or_last || eventful || !missing) bars.push_back(bar);
    }
    return bars;
  }

 private:
  SampleBar next(std::size_t day) {
    SampleBar bar{};
    bar.day = static_cast<std::uint32_t>(day);
    bar.split = close_ > 320.0 ? 4.0 : close_ > 180.0 && random_.chance(0.01) ? 2.0 : close_ < 2.0 ? 0.1 : 1.0;
    double before = close_ / bar.split;
    const bool pays = character_.dividend_yield > 0.0 && day % 63 == 20;
    if (pays) bar.dividend = std::round(before * character_.dividend_yield / 4.0 * 100.0) / 100.0;
    before -= bar.dividend;

    excess_ = 0.99 * excess_ + character_.excess_step * random_.normal();
    const bool falling = character_.collapses && day + 40 >= character_.end_day;
    const double own = falling ? -0.06 : character_.drift + excess_;
    const double change = character_.beta * market_[day] + own + character_.volatility * random_.normal();
    const double overnight = 0.3 * change + 0.3 * character_.volatility * random_.normal();
    bar.open = cents(before * (1.0 + std::max(-0.5, overnight)));
    bar.close = cents(before * (1.0 + std::max(-0.5, change)));
    const double range = character_.volatility * 0.4;
    bar.high = cents(std::max(bar.open, bar.close) * (1.0 + range * std::fabs(random_.normal())));
    bar.low = cents(std::min(bar.open, bar.close) * (1.0 - range * std::fabs(random_.normal())));
    shares_ *= bar.split;
    bar.volume = std::round(character_.volume * shares_ * (0.4 + random_.uniform() + 20.0 * std::fabs(change)));
    bar.quality = std::round((excess_ * 900.0 + 0.6 * random_.normal()) * 1e4) / 1e4;
    value_ = 0.98 * value_ + 0.2 * random_.normal() - 4.0 * change;
    bar.value = std::round(value_ * 1e4) / 1e4;
    close_ = bar.close;
    return bar;
  }

  Character character_;
  SampleRandom random_;
  const std::vector<double>& market_;
  double close_;
  double excess_ = 0.0;
  double value_ = 0.0;
  double shares_ = 1.0;  // of today for each one at the listing
};

}  // namespace

SampleMarket make_sample_market() {
  SampleMarket market{.dates = sessions(), .instruments = {}};
  const std::size_t days = market.dates.size();
  const std::vector<double> returns = market_returns(days);
  const auto add = [&](std::string symbol, const Character& character, std::uint64_t stream) {
    market.instruments.push_back(
        {.symbol = std::move(symbol), .bars = Listing(character, SampleRandom(stream), returns).bars()});
  };
  add(sample_stock_fund, fund(100.0, 0.0, 1.0, 0.001, 0.018, days), 2);
  add(sample_bond_fund, fund(60.0, 0.00012, -0.04, 0.0022, 0.03, days), 3);
  for (int i = 0; i < shares; ++i) {
    SampleRandom traits(first_share_stream + static_cast<std::uint64_t>(i));
    add(symbol_of(i), share(traits, days), 2 * first_share_stream + static_cast<std::uint64_t>(i));
  }
  std::ranges::sort(market.instruments, {}, &SampleInstrument::symbol);
  return market;
}

}  // namespace backtest
