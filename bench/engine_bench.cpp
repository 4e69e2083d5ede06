// simulate() on the workloads of bench/README.md, beside a bare loop in the same process.

#include <benchmark/benchmark.h>

#include <thread>

#include "bare_loop.hpp"
#include "engine/simulate.hpp"
#include "synthetic_market.hpp"

namespace backtest::bench {
namespace {

constexpr double ten_basis_points = 0.001;

Policy monthly_equal_weight(int instruments) {
  PipelinePolicy pipeline;
  pipeline.schedule = {.frequency = Frequency::monthly};
  pipeline.universe.source = UniverseSource::prices;
  pipeline.scoring = ConstantScoring{};
  pipeline.selection = SignedSelection{};
  Policy policy;
  policy.strategy = pipeline;
  policy.sizer = EqualWeightSizerPolicy{.max_positions = instruments};
  policy.constraints.max_leverage = 2.0;
  policy.broker.commission = ten_basis_points;
  policy.broker.fill_policy = FillPolicy::same_close;
  return policy;
}

Policy monthly_momentum_decile(int selected) {
  Policy policy = monthly_equal_weight(selected);
  auto& pipeline = std::get<PipelinePolicy>(policy.strategy);
  pipeline.scoring = MomentumScoring{.lookback = 252, .skip = 21};
  pipeline.selection = TopNSelection{.n = selected, .min_score = std::nullopt};
  pipeline.holding = ReplaceAllHolding{.exit_if_not_selected = true};
  policy.initial_cash = 1e8;
  policy.broker.fill_policy = FillPolicy::next_open;
  policy.broker.allow_fractional_shares = false;
  policy.broker.max_participation_rate = 0.025;
  return policy;
}

const MarketData& w1() {
  static const MarketData market = synthetic_market({.bars = 2520, .instruments = 100, .close_only = true});
  return market;
}

const MarketData& w4() {
  static const MarketData market = synthetic_market(
      {.bars = 5040, .instruments = 3000, .missing_share = 0.01, .delisting_per_year = 0.02, .seed = 7});
  return market;
}

// A million bars of eight instruments; all cash in at even bars, all out at odd ones.
const MarketData& w3b() {
  static const MarketData market = [] {
    MarketData made = synthetic_market({.bars = 1'000'000,
                                        .instruments = 8,
                                        .daily_drift = 0.0,
                                        .daily_volatility = 5e-4,
                                        .weekdays = false,
                                        .close_only = true});
    TargetTable table;
    table.decisions.resize(made.prices.bar_count());
    for (std::size_t bar = 0; bar < table.decisions.size(); ++bar) {
      auto& decision = table.decisions[bar];
      decision.bar = bar;
      if (bar % 2 == 1) continue;
      for (InstrumentIndex i = 0; i < 8; ++i) decision.weights.push_back({i, 0.125});
    }
    made.targets.push_back(std::move(table));
    return made;
  }();
  return market;
}

void run(benchmark::State& state, const Policy& policy, const MarketData& market) {
  SimulationResult result;
  simulate(policy, market, {}, result);  // the first run of a process also pays for the record's memory
  for (auto _ : state) {
    simulate(policy, market, {}, result);
    benchmark::DoNotOptimize(result.bars.data());
  }
  const double bars = static_cast<double>(market.prices.bar_count() - market.prices.first_bar);
  state.counters["fills"] = static_cast<double>(result.fills.size());
  state.counters["bars/s"] = benchmark::Counter(bars, benchmark::Counter::kIsIterationInvariantRate);
}

void w1_simulate(benchmark::State& state) {
  run(state, monthly_equal_weight(100), w1());
}
BENCHMARK(w1_simulate)->Unit(benchmark::kMillisecond);

void w1_bare_loop(benchmark::State& state) {
  const auto rebalance = first_bars_of_months(w1().prices);
  BareResult result;
  for (auto _ : state) {
    bare_equal_weight(w1().prices, rebalance, 1e6, ten_basis_points, result);
    benchmark::DoNotOptimize(result.nav.data());
  }
  state.counters["fills"] = static_cast<double>(result.fills.size());
}
BENCHMARK(w1_bare_loop)->Unit(benchmark::kMillisecond);

Policy all_in_all_out() {
  Policy policy;
  policy.strategy = TargetWeightsPolicy{.table = 0};
  policy.broker.fill_policy = FillPolicy::same_close;
  return policy;
}

// With memory that the system has yet to provide. First, while the process has freed none that it would get again.
void w3b_first_run(benchmark::State& state) {
  const Policy policy = all_in_all_out();
  for (auto _ : state) {
    SimulationResult result;
    simulate(policy, w3b(), {}, result);
    benchmark::DoNotOptimize(result.bars.data());
  }
}
BENCHMARK(w3b_first_run)->Unit(benchmark::kMillisecond)->Iterations(1);

void w3b_simulate(benchmark::State& state) {
  run(state, all_in_all_out(), w3b());
}
BENCHMARK(w3b_simulate)->Unit(benchmark::kMillisecond);

void w4_simulate(benchmark::State& state) {
  run(state, monthly_momentum_decile(300), w4());
}
BENCHMARK(w4_simulate)->Unit(benchmark::kMillisecond);

// Many runs over one loaded panel, as a parameter sweep makes them; each thread keeps its buffers.
void sweep(benchmark::State& state) {
  const auto threads = static_cast<std::size_t>(state.range(0));
  constexpr std::size_t runs_per_thread = 200;
  const Policy policy = monthly_equal_weight(100);
  for (auto _ : state) {
    std::vector<std::jthread> workers;
    for (std::size_t t = 0; t < threads; ++t) {
      workers.emplace_back([&] {
        SimulationResult result;
        for (std::size_t i = 0; i < runs_per_thread; ++i) simulate(policy, w1(), {}, result);
      });
    }
  }
  state.counters["runs/s"] =
      benchmark::Counter(static_cast<double>(threads * runs_per_thread), benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(sweep)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace backtest::bench

BENCHMARK_MAIN();
