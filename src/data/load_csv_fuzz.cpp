// Any bytes as a CSV file, long or wide, plain or gzipped: they load or are refused, and never worse. What loads keeps
// the panel's promises.
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <span>
#include <string>

#include "base/assertion.hpp"
#include "data/load.hpp"

namespace {

using namespace backtest;

void check(const Panel& panel) {
  const std::size_t cells = panel.bar_count() * panel.instrument_count();
  BACKTEST_ASSERT(panel.first_bar < panel.bar_count(), "there is a bar to simulate");
  BACKTEST_ASSERT(panel.has_row.size() == cells && panel.close.size() == cells,
                  "arrays have a cell per bar and instrument");
  for (std::size_t bar = 1; bar < panel.bar_count(); ++bar) {
    BACKTEST_ASSERT(panel.dates[bar - 1] < panel.dates[bar], "bars ascend");
  }
  for (std::size_t i = 1; i < panel.instrument_count(); ++i) {
    BACKTEST_ASSERT(panel.instruments[i - 1] < panel.instruments[i], "instruments ascend");
  }
  for (std::size_t cell = 0; cell < cells; ++cell) {
    const double close = panel.close[cell];
    BACKTEST_ASSERT(std::isnan(close) || (close > 0.0 && std::isfinite(close)), "a close is a price");
    BACKTEST_ASSERT(std::isnan(close) || panel.has_row[cell] == 1, "a price is of a row");
  }
}

}  // namespace

// The first byte picks the options, the rest is the file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::uint8_t options = data[0];
  LoadRequest request;
  request.price_path = (options & 1) != 0 ? "fuzz.csv.gz" : "fuzz.csv";
  request.wide = (options & 2) != 0;
  request.all_symbols = (options & 4) != 0;
  request.last_duplicate_wins = (options & 8) != 0;
  request.symbols = {"A", "B"};
  request.start_date = make_date(2024, 1, 1);
  request.end_date = make_date(2024, 12, 31);
  request.warmup_bars = (options & 16) != 0 ? 3 : 0;
  request.fill_policy = FillPolicy::next_close;
  request.extra_price_columns = {"extra"};
  request.sources = local_sources([&](const std::string&) {
    const int file = memfd_create("fuzz", MFD_CLOEXEC);
    const ssize_t written = write(file, data + 1, size - 1);
    BACKTEST_ASSERT(written == static_cast<ssize_t>(size - 1), "the file holds the bytes");
    return file;
  });
  try {
    check(load_market_data(request).market.prices);
  } catch (const InvalidInput&) {
  }
  return 0;
}
