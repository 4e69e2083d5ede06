#include "sample/sample.hpp"

#include <cerrno>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/number_text.hpp"
#include "sample/sample_configs.hpp"
#include "sample/sample_market.hpp"

namespace backtest {

namespace {

void write_file(const std::filesystem::path& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw std::system_error(errno, std::generic_category(), path.string());
}

void append_row(std::string& out, const std::string& date, const std::string& symbol,
                std::initializer_list<double> numbers) {
  out += date;
  out += ',';
  out += symbol;
  for (const double number : numbers) {
    out += ',';
    append_number(out, number);
  }
  out += '\n';
}

// Sorted by date, then symbol: `row` writes one bar.
template <typename WriteRow>
std::string table(const SampleMarket& market, std::string header, WriteRow&& row) {
  std::string text = std::move(header);
  std::vector<std::size_t> next(market.instruments.size());
  for (std::uint32_t day = 0; day < market.dates.size(); ++day) {
    const std::string date = to_text(market.dates[day]);
    for (std::size_t i = 0; i < market.instruments.size(); ++i) {
      const SampleInstrument& instrument = market.instruments[i];
      if (next[i] < instrument.bars.size() && instrument.bars[next[i]].day == day)
        row(text, date, instrument.symbol, instrument.bars[next[i]++]);
    }
  }
  return text;
}

}  // namespace

void write_sample(const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  const SampleMarket market = make_sample_market();
  write_file(directory / "prices.csv",
             table(market, "date,symbol,open,high,low,close,volume,split,dividend\n",
                   [](std::string& out, const std::string& date, const std::string& symbol, const SampleBar& bar) {
                     append_row(out, date, symbol,
                                {bar.open, bar.high, bar.low, bar.close, bar.volume, bar.split, bar.dividend});
                   }));
  write_file(directory / "signals.csv",
             table(market, "date,symbol,quality,value\n",
                   [](std::string& out, const std::string& date, const std::string& symbol, const SampleBar& bar) {
                     const bool is_fund = symbol == sample_stock_fund || symbol == sample_bond_fund;
                     if (!is_fund) append_row(out, date, symbol, {bar.quality, bar.value});
                   }));
  for (const SampleFile& file : sample_files()) write_file(directory / file.name, file.text);
}

}  // namespace backtest
