// daily_positions.parquet (ART-12): a row per bar and universe entry, in row groups of whole bars. Bars x universe is
// never in memory at once.
#include <algorithm>
#include <cmath>
#include <vector>

#include "report/artifacts.hpp"
#include "report/parquet_file.hpp"

namespace backtest {

namespace {

constexpr std::size_t rows_per_group = std::size_t{1} << 18;

const std::string side_words[] = {"flat", "long", "short"};

class PositionRows {
 public:
  explicit PositionRows(const RunView& run) : run_(run), universe_(run.request.universe) {
    for (std::size_t entry = 0; entry < universe_.size(); ++entry) entries_.push_back({universe_[entry], entry});
    std::sort(entries_.begin(), entries_.end());
    code_of_entry_.resize(universe_.size());
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const bool repeated = i > 0 && entries_[i - 1].instrument == entries_[i].instrument;
      if (!repeated) symbols_.push_back(run.symbol(entries_[i].instrument));
      code_of_entry_[entries_[i].position] = static_cast<std::int32_t>(symbols_.size() - 1);
    }
    bars_per_group_ = std::max<std::size_t>(1, rows_per_group / universe_.size());
  }

  void write(ParquetFile& file) {
    const std::size_t bars = run_.result.bars.size();
    for (std::size_t begin = 0; begin < bars; begin += bars_per_group_) {
      const std::size_t end = std::min(begin + bars_per_group_, bars);
      clear(begin, end);
      for (std::size_t row = begin; row < end; ++row) add_bar(row, (row - begin) * universe_.size());
      append(file);
    }
  }

 private:
  void clear(std::size_t begin, std::size_t end) {
    const std::size_t rows = (end - begin) * universe_.size();
    dates_.clear();
    for (std::size_t row = begin; row < end; ++row) {
      dates_.insert(dates_.end(), universe_.size(), run_.date_of_row(row).days);
    }
    if (symbol_codes_.size() != rows) {
      symbol_codes_.resize(rows);
      for (std::size_t i = 0; i < rows; ++i) symbol_codes_[i] = code_of_entry_[i % universe_.size()];
    }
    shares_.assign(rows, 0.0);
    close_.resize(rows);
    values_.resize(rows);
    weights_.assign(rows, 0.0);
    sides_.assign(rows, 0);
    stale_.assign(rows, 0);
  }

  void add_bar(std::size_t row, std::size_t first) {
    const double* close = run_.prices.close.data() + run_.prices.cell(run_.result.first_bar + row, 0);
    for (std::size_t entry = 0; entry < universe_.size(); ++entry) {
      const double price = close[universe_[entry]];
      close_[first + entry] = price;
      values_[first + entry] = std::isnan(price) ? missing : 0.0;
    }
    const double nav = run_.result.bars[row].nav;
    auto entry = entries_.begin();
    for (std::size_t i = run_.result.holdings_begin[row]; i < run_.result.holdings_begin[row + 1]; ++i) {
      const HoldingRow& holding = run_.result.holdings[i];
      while (entry != entries_.end() && entry->instrument < holding.instrument) ++entry;
      for (; entry != entries_.end() && entry->instrument == holding.instrument; ++entry) {
        add_holding(holding, nav, first + entry->position);
      }
    }
  }

  void add_holding(const HoldingRow& holding, double nav, std::size_t at) {
    const double value = holding.shares * holding.mark;
    shares_[at] = holding.shares;
    values_[at] = value;
    weights_[at] = nav == 0.0 ? 0.0 : value / nav;
    sides_[at] = holding.shares > 0.0 ? 1 : 2;
    stale_[at] = holding.stale ? 1 : 0;
  }

  void append(ParquetFile& file) {
    const ParquetColumn columns[] = {{"date", Dates{dates_}},
                                     {"symbol", CodedTexts{symbols_, symbol_codes_}},
                                     {"shares", Numbers{shares_}},
                                     {"close", Numbers{close_}},
                                     {"position_value", Numbers{values_}},
                                     {"weight", Numbers{weights_}},
                                     {"side", CodedTexts{side_words, sides_}},
                                     {"stale", Flags{stale_}}};
    file.append(columns);
  }

  struct Entry {
    InstrumentIndex instrument;
    std::size_t position;
    friend auto operator<=>(const Entry&, const Entry&) = default;
  };

  const RunView& run_;
  const std::vector<InstrumentIndex>& universe_;
  std::vector<std::string> symbols_;  // distinct: a symbol may be listed twice
  std::vector<std::int32_t> code_of_entry_;
  std::vector<Entry> entries_;  // ascending by instrument, as the holdings of a bar are
  std::size_t bars_per_group_;
  std::vector<std::int32_t> dates_, symbol_codes_, sides_;
  std::vector<double> shares_, close_, values_, weights_;
  std::vector<std::uint8_t> stale_;
};

}  // namespace

void write_daily_positions(const RunView& run) {
  if (run.request.universe.empty()) return;
  ParquetFile file(run.directory / "daily_positions.parquet");
  PositionRows(run).write(file);
  file.close();
}

}  // namespace backtest
