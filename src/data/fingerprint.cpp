#include "data/fingerprint.hpp"

#include <bit>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/sha256.hpp"
#include "data/parallel_columns.hpp"

namespace backtest {

static_assert(std::endian::native == std::endian::little, "array bytes are hashed as they lie in memory");

namespace {

using Hash = std::function<void(Sha256&)>;

// Arrays hold one NaN and no -0.0 (TableField, SignalField), so that equal numbers are equal bytes.
template <typename Value>
void add_array(std::vector<Hash>& parts, const std::string& name, std::span<const Value> values) {
  parts.push_back([name, values](Sha256& hash) {
    hash.update_framed(name);
    hash.update(std::as_bytes(values));
  });
}

void add_prices(std::vector<Hash>& parts, const Panel& panel) {
  parts.push_back([&panel](Sha256& hash) {
    hash.update_framed(std::to_string(panel.first_bar));
    for (const Date date : panel.dates) hash.update(static_cast<double>(date.days));
    for (const std::string& instrument : panel.instruments) hash.update_framed(instrument);
  });
  add_array(parts, "has_row", panel.has_row);
  add_array(parts, "open", panel.open);
  add_array(parts, "high", panel.high);
  add_array(parts, "low", panel.low);
  add_array(parts, "close", panel.close);
  add_array(parts, "volume", panel.volume);
  add_array(parts, "split", panel.split);
  add_array(parts, "dividend", panel.dividend);
  for (std::size_t i = 0; i < panel.extra_columns.size(); ++i) {
    add_array(parts, "extra " + panel.extra_columns[i], panel.extra_values[i]);
  }
}

void add_signals(std::vector<Hash>& parts, const SignalPanel& signals) {
  add_array(parts, "signal rows", signals.has_row);
  for (std::size_t i = 0; i < signals.columns.size(); ++i)
    add_array(parts, "signal " + signals.columns[i], signals.values[i]);
}

void add_targets(std::vector<Hash>& parts, const TargetTable& table) {
  parts.push_back([&table](Sha256& hash) {
    hash.update_framed("targets");
    for (const TargetTable::BarTargets& decision : table.decisions) {
      hash.update_framed(std::to_string(decision.bar));
      for (const InstrumentWeight& weight : decision.weights) {
        hash.update(static_cast<double>(weight.instrument));
        hash.update(weight.weight);
      }
    }
  });
}

}  // namespace

std::string fingerprint(const MarketData& market) {
  std::vector<Hash> parts;
  add_prices(parts, market.prices);
  if (market.signals) add_signals(parts, *market.signals);
  for (const TargetTable& table : market.targets) add_targets(parts, table);
  add_array<double>(parts, "benchmark", market.benchmark_close);
  // Only where there is one: the fingerprints of all other runs stay as they were.
  if (!market.risk_free.empty()) add_array<double>(parts, "risk-free", market.risk_free);
  std::vector<std::string> digests(parts.size());
  ParallelColumns threads;
  threads.run(parts.size(), [&](std::size_t i) {
    Sha256 hash;
    parts[i](hash);
    digests[i] = hash.hex();
  });
  std::string all;
  for (const std::string& digest : digests) all += digest;
  return sha256_hex(all);
}

}  // namespace backtest
