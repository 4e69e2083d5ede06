#include "report/result_hash.hpp"

#include <bit>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/sha256.hpp"

namespace backtest {

namespace {

// Gathers small fields into large updates: millions of positions are hashed. Every field has a fixed width or a length
// before it, so that two different results never give one stream of bytes.
class HashStream {
 public:
  void word(std::uint64_t value) {
    static_assert(std::endian::native == std::endian::little, "words are hashed little end first");
    if (gathered_.size() - used_ < sizeof value) pass_on();
    std::memcpy(gathered_.data() + used_, &value, sizeof value);
    used_ += sizeof value;
  }
  void number(double value) {
    if (value == 0.0) value = 0.0;  // one zero
    word(std::bit_cast<std::uint64_t>(value));
  }
  void text(std::string_view value) {
    word(value.size());
    if (gathered_.size() - used_ < value.size()) pass_on();
    if (value.size() > gathered_.size()) return hash_.update(value);
    value.copy(gathered_.data() + used_, value.size());
    used_ += value.size();
  }
  std::string hex() {
    pass_on();
    return hash_.hex();
  }

 private:
  void pass_on() {
    hash_.update(std::string_view(gathered_.data(), used_));
    used_ = 0;
  }

  Sha256 hash_;
  std::vector<char> gathered_ = std::vector<char>(std::size_t{1} << 16);
  std::size_t used_ = 0;
};

void hash_trades(const RunView& run, HashStream& stream) {
  stream.word(run.result.fills.size());
  for (const Fill& fill : run.result.fills) {
    stream.word(static_cast<std::uint64_t>(run.date_of_bar(fill.bar).days));
    stream.text(run.symbol(fill.instrument));
    for (const double value :
         {fill.quantity, fill.price, fill.notional, fill.commission, fill.slippage_cost, fill.cash_after}) {
      stream.number(value);
    }
    stream.word(static_cast<std::uint64_t>(fill.reason));
  }
}

void hash_bars(const RunView& run, HashStream& stream) {
  stream.word(run.result.bars.size());
  for (std::size_t row = 0; row < run.result.bars.size(); ++row) {
    const BarRow& bar = run.result.bars[row];
    stream.word(static_cast<std::uint64_t>(run.date_of_row(row).days));
    for (const double value :
         {bar.nav, bar.cash, bar.period_return, bar.cumulative_return, bar.drawdown, bar.gross_exposure,
          bar.net_exposure, bar.turnover, bar.commission, bar.slippage_cost, bar.dividends, bar.financing}) {
      stream.number(value);
    }
    stream.word(bar.fill_count);
  }
}

// Holdings are the positions that are not zero; a symbol that is never held leaves no trace.
void hash_positions(const RunView& run, HashStream& stream) {
  for (std::size_t row = 0; row < run.result.bars.size(); ++row) {
    const std::size_t begin = run.result.holdings_begin[row];
    const std::size_t end = run.result.holdings_begin[row + 1];
    stream.word(end - begin);
    for (std::size_t i = begin; i < end; ++i) {
      const HoldingRow& holding = run.result.holdings[i];
      stream.text(run.symbol(holding.instrument));
      stream.number(holding.shares);
      stream.number(holding.mark);
    }
  }
}

}  // namespace

std::string result_hash(const RunView& run, const json::object& summary_numbers) {
  HashStream stream;
  hash_trades(run, stream);
  hash_bars(run, stream);
  hash_positions(run, stream);
  stream.text(json_text(summary_numbers));
  return stream.hex();
}

}  // namespace backtest
