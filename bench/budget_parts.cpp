// The parts of the work that people wait for, one after another, for tools/dev/budget.sh: under callgrind each dumps
// its count of instructions by its name. Everything else that happens here is counted in none.

#include <valgrind/callgrind.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "execute/load_run.hpp"
#include "execute/report_run.hpp"
#include "execute/simulate_run.hpp"
#include "report/parquet_file.hpp"
#include "run_store/sqlite/sqlite_run_store.hpp"
#include "spec/spec.hpp"
#include "synthetic_market.hpp"

namespace backtest::bench {
namespace {

namespace fs = std::filesystem;

constexpr int store_calls = 200;

void measure(const char* name, const std::function<void()>& part) {
  // A dump begins the counts of every thread anew; zeroing would leave those of other threads.
  CALLGRIND_DUMP_STATS_AT("before a part");
  part();
  CALLGRIND_DUMP_STATS_AT(name);
}

// The market as a table of rows by day and symbol.
void write_prices(const Panel& prices, const fs::path& path) {
  std::vector<std::int32_t> days, symbols;
  for (std::size_t bar = 0; bar < prices.bar_count(); ++bar) {
    for (std::size_t i = 0; i < prices.instrument_count(); ++i) {
      days.push_back(prices.dates[bar].days);
      symbols.push_back(static_cast<std::int32_t>(i));
    }
  }
  const auto or_close = [&](std::span<const double> values) { return values.empty() ? prices.close : values; };
  const std::vector<double> ample(prices.volume.empty() ? days.size() : 0, 1e9);
  const ParquetColumn columns[] = {{"date", Dates{days}},
                                   {"symbol", CodedTexts{prices.instruments, symbols}},
                                   {"open", Numbers{or_close(prices.open)}},
                                   {"high", Numbers{or_close(prices.high)}},
                                   {"low", Numbers{or_close(prices.low)}},
                                   {"close", Numbers{prices.close}},
                                   {"volume", Numbers{prices.volume.empty() ? ample : prices.volume}}};
  write_parquet(path, columns);
}

Spec monthly_equal_weight(const fs::path& prices) {
  return parse_spec(
      "start_date: 2010-01-01\nend_date: 2030-01-01\nuniverse: {symbols: all}\ndata: {price_path: " + prices.string() +
          "}\nstrategy: {class: StaticUniverseStrategy, parameters: {rebalance: monthly}}\n"
          "sizing: {class: EqualWeightSizer, parameters: {max_positions: 100}}\n"
          "broker: {commission: 0.001, fill_policy: same_close}\n",
      "");
}

Spec monthly_momentum_decile(const fs::path& prices) {
  return parse_spec(
      "start_date: 2010-01-01\nend_date: 2040-01-01\ninitial_cash: 100000000\nuniverse: {symbols: all}\n"
      "data: {price_path: " +
          prices.string() +
          "}\nstrategy:\n  type: configured\n  rebalance: {freq: monthly, session: last}\n"
          "  scoring: {type: momentum, lookback: 252, skip: 21}\n"
          "  selection: {type: topn, topn: {n: 30, min_score: null}}\n"
          "  holding_policy: {type: replace_all, replace_all: {exit_if_not_selected: true}}\n"
          "sizing: {class: EqualWeightSizer, parameters: {max_positions: 30}}\n"
          "broker: {commission_per_share: 0.005, commission_minimum: 1.0, "
          "allow_fractional_shares: false, max_participation_rate: 0.025}\n",
      "");
}

void w1_parts(const fs::path& directory) {
  const fs::path prices = directory / "w1.parquet";
  write_prices(synthetic_market({.bars = 2520, .instruments = 100, .close_only = true}).prices, prices);
  const Spec spec = monthly_equal_weight(prices);
  LoadedData loaded;
  measure("load", [&] { loaded = load_run(spec); });
  SimulatedRun run;
  measure("w1", [&] { simulate_run(spec.policy, loaded.market, {}, run); });
  const fs::path artifacts = directory / "artifacts";
  fs::create_directory(artifacts);
  measure("report", [&] {
    report_run(spec, loaded, run, {.run_id = "w1", .directory = artifacts, .submitted_at = "2026-01-01T00:00:00Z"});
  });
}

void w4_part(const fs::path& directory) {
  const fs::path prices = directory / "w4.parquet";
  const MarketShape tenth{
      .bars = 5040, .instruments = 300, .missing_share = 0.01, .delisting_per_year = 0.02, .seed = 7};
  write_prices(synthetic_market(tenth).prices, prices);
  const Spec spec = monthly_momentum_decile(prices);
  const LoadedData loaded = load_run(spec);
  SimulatedRun run;
  measure("w4_tenth", [&] { simulate_run(spec.policy, loaded.market, {}, run); });
}

void store_parts(const fs::path& directory) {
  const auto store = make_sqlite_run_store(directory / "runs.sqlite3");
  store->open();
  const auto id = [](int number) { return "run-" + std::to_string(number); };
  measure("submit", [&] {
    for (int i = 0; i < store_calls; ++i) {
      Submission submission;
      submission.record.run_id = submission.record.output_dir = id(i);
      submission.record.submitter = "ada";
      submission.record.config_json = submission.record.effective_config_json = R"({"start_date": "2020-01-01"})";
      if (!store->submit(submission, {})) throw std::runtime_error("a submission was refused");
    }
  });
  // Time for the store to move its log into its file: what claims cost depends on whether that is done, and would
  // depend on how busy the machine is.
  std::this_thread::sleep_for(std::chrono::seconds(2));
  measure("status", [&] {
    for (int i = 0; i < store_calls; ++i) {
      if (!store->get(id(i))) throw std::runtime_error("a run is missing");
    }
  });
  measure("claim", [&] {
    for (int i = 0; i < store_calls; ++i) {
      if (store->claim({.worker_id = "3c6a5e9e-0f5d-4f0c-9a44-2f1de3a1b001"}).size() != 1) {
        throw std::runtime_error("nothing was claimed");
      }
    }
  });
}

}  // namespace
}  // namespace backtest::bench

// budget_parts (runs | store) DIRECTORY, which exists and is empty.
int main(int count, char** words) {
  const std::string_view what = count == 3 ? words[1] : "";
  if (what != "runs" && what != "store") {
    std::fprintf(stderr, "usage: budget_parts (runs | store) DIRECTORY\n");
    return EXIT_FAILURE;
  }
  if (what == "store") {
    backtest::bench::store_parts(words[2]);
  } else {
    backtest::bench::w1_parts(words[2]);
    backtest::bench::w4_part(words[2]);
  }
  return EXIT_SUCCESS;
}
