// Sections, values and warnings of a config, by rule. What is refused stands in testdata/broken.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "base/sha256.hpp"
#include "spec/config_for_tests.hpp"

namespace backtest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> warnings_of(const Spec& spec) {
  std::vector<std::string> lines;
  for (const Diagnostic& warning : spec.warnings) lines.push_back(warning.text());
  return lines;
}

TEST(Defaults, AreThoseOfTheTables) {  // CFG-5..CFG-13
  const Spec spec = spec_with("");
  EXPECT_EQ(spec.run_name, std::nullopt);
  EXPECT_EQ(to_text(spec.start_date), "2023-01-02");
  EXPECT_EQ(to_text(spec.end_date), "2023-12-29");
  EXPECT_EQ(spec.policy.initial_cash, 1'000'000.0);
  EXPECT_EQ(spec.policy.delist_after_bars, 5);
  EXPECT_EQ(spec.data.max_gap_bars, 20);
  EXPECT_EQ(spec.data.warmup_bars, 0);
  EXPECT_FALSE(spec.data.gap_is_error || spec.data.last_duplicate_wins);
  EXPECT_EQ(spec.policy.constraints.max_leverage, 1.0);
  EXPECT_EQ(spec.policy.constraints.max_position_size, 1.0);
  EXPECT_FALSE(spec.policy.constraints.allow_short);
  EXPECT_EQ(spec.policy.constraints.max_turnover, std::nullopt);
  EXPECT_EQ(spec.policy.broker.fill_policy, FillPolicy::next_open);
  EXPECT_TRUE(spec.policy.broker.allow_fractional_shares);
  EXPECT_EQ(spec.policy.broker.lot_size, 1);
  EXPECT_EQ(spec.policy.broker.cost_financing, CostFinancing::margin);
  EXPECT_EQ(spec.policy.broker.unfilled, UnfilledOrders::cancel);
  EXPECT_EQ(spec.output.local_dir, "./backtest_results");
  EXPECT_EQ(spec.output.adls_dir, std::nullopt);
  EXPECT_TRUE(spec.output.save_trades && spec.output.save_summary_parquet);
  EXPECT_EQ(spec.sizer_class, "EqualWeightSizer");
  EXPECT_EQ(std::get<EqualWeightSizerPolicy>(spec.policy.sizer).max_positions, 10);
  EXPECT_FALSE(spec.benchmark);
  EXPECT_THAT(warnings_of(spec), ElementsAre());
}

TEST(Symbols, AreAlwaysText) {  // CFG-1, W-35
  const Spec spec = parse_spec(
      "start_date: 2023-01-02\nend_date: 2023-12-29\ndata: {price_path: p.csv}\n"
      "universe: {symbols: [NO, ON, 0700, 700, NA, 1e5, true, NULL, ' B.A ', AAA, AAA]}\n"
      "strategy: {class: BuyAndHoldStrategy, parameters: {symbol: NO}}\n",
      "c.yaml");
  EXPECT_THAT(spec.symbols, ElementsAre("NO", "ON", "0700", "700", "NA", "1e5", "true", "NULL", "B.A", "AAA", "AAA"));
}

TEST(Symbols, AllOfThePriceTable) {
  const Spec spec = parse_spec(
      "start_date: 2023-01-02\nend_date: 2023-12-29\ndata: {price_path: p.csv}\nuniverse: {symbols: all}\n"
      "strategy: {class: StaticUniverseStrategy}\n",
      "c.yaml");
  EXPECT_TRUE(spec.all_symbols);
  EXPECT_THAT(spec.symbols, ElementsAre());
  EXPECT_EQ(spec.resolved.at("universe").at("symbols"), "all");
  const auto& pipeline = std::get<PipelinePolicy>(spec.policy.strategy);
  EXPECT_TRUE(pipeline.universe.filters.empty());
  EXPECT_TRUE(pipeline.cash_for_all_unlisted);
}

TEST(Dates, QuotedOrNotAndTimestampsByTheirDate) {  // CFG-5, W-75
  for (const char* date :
       {"2023-01-03", "'2023-01-03'", "2023-01-03T23:59:59Z", "2023-01-03 10:00", "\"2023-01-03T10:00:00.5+02:00\""}) {
    std::string text = config_with("");
    text.replace(text.find("2023-01-02"), 10, date);
    EXPECT_EQ(complaints(text), "");
    EXPECT_EQ(to_text(parse_spec(text, "c.yaml").start_date), "2023-01-03") << date;
  }
  for (const char* date : {"2023-1-3", "03.01.2023", "20230103", "2023-01-03T", "2023-01-03 noon", "2023-01-03T24:00",
                           "2023-01-03T10:00+", "2023-01-03T1:00", "2023-01-03T10:00:60", "[2023-01-03]"}) {
    std::string text = config_with("");
    text.replace(text.find("2023-01-02"), 10, date);
    EXPECT_THAT(complaints(text), HasSubstr("start_date")) << date;
  }
}

TEST(Numbers, WholeNumbersMayBeWrittenWithAPoint) {
  EXPECT_EQ(spec_with("broker: {lot_size: 100.0}\n").policy.broker.lot_size, 100);
  EXPECT_EQ(spec_with("initial_cash: 1_000\n").policy.initial_cash, 1000.0);
  EXPECT_EQ(spec_with("initial_cash: 1e5\n").policy.initial_cash, 1e5);
}

TEST(Null, TakesTheDefaultWhereItIsNoNumber) {  // CFG-3
  const Spec spec = spec_with(
      "run_name:\nsizing: null\nconstraints: ~\nbroker: {fill_policy: null, max_participation_rate: null}\n"
      "output: {local_dir: null, adls_dir: null, save_trades: null}\nbenchmark: null\n");
  EXPECT_EQ(spec.run_name, std::nullopt);
  EXPECT_EQ(spec.policy.broker.fill_policy, FillPolicy::next_open);
  EXPECT_EQ(spec.output.local_dir, "./backtest_results");
  EXPECT_FALSE(spec.output.save_trades);
  EXPECT_THAT(warnings_of(spec), ElementsAre(HasSubstr("output.save_trades: holds nothing, which reads as false")));
}

TEST(Data, TheNewKeys) {
  const Spec spec = parse_spec(
      "start_date: 2023-01-02\nend_date: 2023-12-29\nuniverse: {symbols: [AAA]}\n"
      "data: {price_source: local, price_path: 'px/closes.CSV', layout: wide, warmup_bars: 30, delist_after_bars: "
      "0,\n"
      "  max_gap_bars: 3, on_gap: error, on_duplicate: last}\n"
      "broker: {fill_policy: next_close}\nstrategy: {class: BuyAndHoldStrategy}\n",
      "c.yaml");
  EXPECT_EQ(spec.data.layout, TableLayout::wide);
  EXPECT_EQ(spec.data.warmup_bars, 30);
  EXPECT_EQ(spec.policy.delist_after_bars, 0);
  EXPECT_EQ(spec.data.max_gap_bars, 3);
  EXPECT_TRUE(spec.data.gap_is_error && spec.data.last_duplicate_wins);
}

TEST(Data, TheSignOfACurrencyIsNoPartOfANumber) {
  const auto with_currency = [](const std::string& sign) {
    return parse_spec(
        "start_date: 2023-01-02\nend_date: 2023-12-29\nuniverse: {symbols: [AAA]}\n"
        "data: {price_path: p.csv, csv: {currency: '" +
            sign + "'}}\nstrategy: {class: BuyAndHoldStrategy}\n",
        "c.yaml");
  };
  EXPECT_EQ(with_currency("$").data.currency, "$");
  EXPECT_EQ(with_currency("EUR").data.currency, "EUR");
  for (const char* sign : {"%", "5", ".", "US $"}) {
    try {
      with_currency(sign);
      ADD_FAILURE() << sign;
    } catch (const InvalidInput& refused) {
      EXPECT_THAT(std::string(refused.what()), HasSubstr("data.csv.currency: is the sign of a currency")) << sign;
    }
  }
}

TEST(Constraints, AllOfThem) {  // CFG-10, W-11
  const ConstraintPolicy c = spec_with(
                                 "constraints: {max_leverage: 2, max_position_size: 0.5, allow_short: true,\n"
                                 "  stop_loss: 0.1, max_turnover: 10, net_exposure_min: -1, net_exposure_max: 1,\n"
                                 "  min_weight_change: 0}\n")
                                 .policy.constraints;
  EXPECT_EQ(c.max_leverage, 2.0);
  EXPECT_EQ(c.max_position_size, 0.5);
  EXPECT_TRUE(c.allow_short);
  EXPECT_EQ(c.stop_loss, 0.1);
  EXPECT_EQ(c.max_turnover, 10.0);
  EXPECT_EQ(c.net_exposure_min, -1.0);
  EXPECT_EQ(c.net_exposure_max, 1.0);
  EXPECT_EQ(c.min_weight_change, 0.0);
}

TEST(Broker, AllOfThem) {  // CFG-11
  const BrokerPolicy b =
      spec_with(
          "broker: {slippage_bps: 1, spread_bps: 2, commission: 0.001, commission_per_share: 0.005,\n"
          "  commission_minimum: 1, fill_policy: same_close, allow_fractional_shares: false,\n"
          "  lot_size: 10, rounding_mode: nearest, min_trade_notional: 5, min_trade_shares: 2,\n"
          "  on_missing_price: reject, max_participation_rate: 1, reserve_costs: true,\n"
          "  financing: {cash_rate: 0.02, margin_rate: 0.05, borrow_rate: 0.01}}\n")
          .policy.broker;
  EXPECT_EQ(b.slippage_bps, 1.0);
  EXPECT_EQ(b.spread_bps, 2.0);
  EXPECT_EQ(b.commission, 0.001);
  EXPECT_EQ(b.commission_per_share, 0.005);
  EXPECT_EQ(b.commission_minimum, 1.0);
  EXPECT_EQ(b.fill_policy, FillPolicy::same_close);
  EXPECT_FALSE(b.allow_fractional_shares);
  EXPECT_EQ(b.lot_size, 10);
  EXPECT_EQ(b.rounding_mode, RoundingMode::nearest);
  EXPECT_EQ(b.min_trade_notional, 5.0);
  EXPECT_EQ(b.min_trade_shares, 2.0);
  EXPECT_EQ(b.max_participation_rate, 1.0);
  EXPECT_EQ(b.cost_financing, CostFinancing::each_order);
  EXPECT_EQ(b.financing.cash_rate, 0.02);
  EXPECT_EQ(b.financing.margin_rate, 0.05);
  EXPECT_EQ(b.financing.borrow_rate, 0.01);
}

TEST(Benchmark, ASymbolOrATable) {
  EXPECT_EQ(spec_with("benchmark: {symbol: SPY}\n").benchmark->symbol, "SPY");
  EXPECT_EQ(spec_with("benchmark: {path: index.parquet}\n").benchmark->path, "index.parquet");
}

TEST(Warnings, KnownKeysWithoutEffect) {  // W-39
  const Spec spec = spec_with(
      "output: {save_plots: true, save_run_index_parquet: false}\n"
      "constraints: {max_net_exposure: 1, net_exposure_max: 0.5}\n",
      "strategy: {class: TopNSignalStrategy, module: my.module}\n");
  EXPECT_THAT(warnings_of(spec),
              ElementsAre(HasSubstr("strategy.module: has no effect"), HasSubstr("output.save_plots: has no effect"),
                          HasSubstr("output.save_run_index_parquet: has no effect"),
                          HasSubstr("constraints.max_net_exposure: is ignored")));
  EXPECT_EQ(spec.warnings.front().line, 5U);
}

TEST(Warnings, EveryKnownKeyWithoutEffectSaysSo) {  // W-39, by section
  const std::string begin = "start_date: 2023-01-02\nend_date: 2023-12-29\n";
  const std::string universe = "universe: {symbols: [AAA], asset_class: Bond, currency: EUR}\n";
  const std::string data = "data: {price_path: p.csv, price_fields: [Close], frequency: Weekly}\n";
  const std::string rest =
      "output: {adls_dir: container/runs}\nbroker: {on_missing_price: reject}\n"
      "sizing: {class: EqualWeightSizer, module: sizers}\n";
  const std::string configured =
      "{type: configured, rebalance: {allow_nontrading_shift: true}, scoring: {type: constant}, "
      "universe: {source: prices, filters: [{type: exchange_in, exchanges: [NYSE], mic: XNYS}]}, "
      "exits: {rules: [{type: stop_loss, pct: 0.1, price_col: low}, {type: take_profit, pct: 0.1, price_col: high}]}, "
      "selection: {type: topn, topn: {n: 1}}}";
  const Spec spec = parse_spec(
      begin + universe + data + rest +
          "strategy: {type: composite, blend: {method: sum}, legs: [{name: a, weight: 1, strategy: " + configured +
          "}]}\n",
      "c.yaml");
  std::string said;
  for (const std::string& line : warnings_of(spec)) said += line + "\n";
  for (const char* path :
       {"universe.asset_class", "universe.currency", "data.price_fields", "data.frequency", "broker.on_missing_price",
        "sizing.module", "strategy.blend.method", "strategy.legs[0].strategy.rebalance.allow_nontrading_shift",
        "strategy.legs[0].strategy.universe.filters[0].exchanges", "strategy.legs[0].strategy.exits.rules[0].price_col",
        "strategy.legs[0].strategy.exits.rules[1].price_col"}) {
    EXPECT_THAT(said, HasSubstr(std::string(path) + ": has no effect"));
  }
  EXPECT_THAT(said, HasSubstr("filters[0].type: exchange_in has no effect"));
  EXPECT_EQ(spec.warnings.size(), 12U) << said;
}

TEST(Warnings, SignalsThatNobodyProvides) {
  std::string text = config_with("");
  text.replace(text.find(", signal_path: signals.csv"), 26, "");
  EXPECT_THAT(warnings_of(parse_spec(text, "c.yaml")),
              ElementsAre(HasSubstr("no signal_path, but the strategy reads signal columns: composite_percentile")));
}

TEST(Strictness, LooseTurnsUnknownKeysIntoWarnings) {  // CFG-4
  const std::string text = config_with("colour: red\nbroker: {comission: 1}\n");
  EXPECT_THAT(complaints(text), HasSubstr("did you mean 'commission'?"));
  const Spec spec = parse_spec(text, "c.yaml", {.strict = false});
  EXPECT_THAT(warnings_of(spec),
              ElementsAre(HasSubstr("c.yaml:6:1: colour: unknown key 'colour' (ignored)"), HasSubstr("comission")));
  EXPECT_THROW(parse_spec(config_with("broker: {commission: x}\n"), "c.yaml", {.strict = false}), InvalidInput);
}

TEST(Errors, AllAtOnceInTheOrderOfTheText) {
  const std::string said =
      complaints("start_date: soon\nuniverse: {symbols: []}\nbroker: {lot_size: 0, fill_policy: never}\nextra: 1\n");
  const char* expected[] = {"c.yaml:1:13: start_date", "c.yaml:2:21: universe.symbols", "c.yaml:3:20: broker.lot_size",
                            "c.yaml:3:36: broker.fill_policy", "c.yaml:4:1: extra"};
  std::size_t at = 0;
  for (const char* line : expected) {
    const std::size_t found = said.find(line, at);
    EXPECT_NE(found, std::string::npos) << line << " in\n" << said;
    at = found == std::string::npos ? at : found;
  }
}

TEST(Errors, TooManyAreCounted) {
  std::string text = config_with("");
  for (int i = 0; i < 3000; ++i) text += "key" + std::to_string(i) + ": 1\n";
  try {
    parse_spec(text, "c.yaml");
    FAIL();
  } catch (const InvalidInput& invalid) {
    EXPECT_EQ(invalid.diagnostics().size(), 1001U);
    EXPECT_EQ(invalid.diagnostics().back().message, "and 2000 more errors");
  }
}

TEST(Json, TextAndValuesAreReadAlike) {
  const std::string text = R"({"start_date": "2023-01-02", "end_date": "2023-12-29",
    "universe": {"symbols": ["AAA", "BBB", "CCC"]},
    "data": {"price_path": "prices.csv", "signal_path": "signals.csv"},
    "strategy": {"class": "TopNSignalStrategy"}})";
  const std::string canonical = spec_with("").canonical;
  EXPECT_EQ(parse_spec(text, "config").canonical, canonical);
  EXPECT_EQ(parse_spec(text, "config.json").canonical, canonical);
  EXPECT_EQ(parse_spec(text, "config.yaml").canonical, canonical);  // JSON is YAML
  EXPECT_EQ(parse_spec(json::parse(text)).canonical, canonical);
}

TEST(Json, AMapInBracesMayBeYaml) {
  EXPECT_EQ(complaints("{start_date: 2023-01-02, end_date: 2023-12-29, universe: {symbols: [AAA]},\n"
                       " data: {price_path: p.csv}, strategy: {class: BuyAndHoldStrategy}}",
                       "config_yaml"),
            "");
}

TEST(Json, ValuesHavePathsButNoLines) {
  try {
    parse_spec(json::parse(R"({"broker": {"lot_size": 1.5, "min_trade_notional": 1e400, "x": "\u0007"}})"));
    FAIL();
  } catch (const InvalidInput& invalid) {
    const std::string said = invalid.what();
    EXPECT_THAT(said, HasSubstr("broker.lot_size: '1.5' is not a whole number"));
    EXPECT_THAT(said, HasSubstr("broker.min_trade_notional: 'an infinite number' (text) is not a number"));
    EXPECT_THAT(said, HasSubstr("control character"));
    EXPECT_EQ(invalid.diagnostics().front().line, 0U);
  }
}

TEST(Canonical, HashesWhatAConfigMeans) {  // CFG-20, CFG-21
  const Spec spec = spec_with("broker: {lot_size: 10, commission: 0.001}\ninitial_cash: 1000\n");
  EXPECT_EQ(spec.config_sha256, sha256_hex(spec.canonical));
  EXPECT_THAT(spec.canonical, HasSubstr("\"initial_cash\":1000.0,"));
  for (const char* same : {"initial_cash: 1e3\nbroker: {commission: 0.0010, lot_size: 10.0}\n",
                           "# a comment\nbroker:\n  lot_size: 1_0\n  commission: 1e-3\ninitial_cash: +1000.0\n",
                           "initial_cash: 1000\nbroker: {lot_size: 10, commission: 0.001, spread_bps: -0.0}\n"}) {
    EXPECT_EQ(spec_with(same).canonical, spec.canonical) << same;
  }
  EXPECT_NE(spec_with("broker: {lot_size: 10, commission: 0.002}\ninitial_cash: 1000\n").config_sha256,
            spec.config_sha256);
}

TEST(Canonical, KeepsTheOrderOfTheTables) {  // CFG-19
  const Spec spec = spec_with("");
  std::vector<std::string> keys;
  for (const auto& [key, value] : spec.resolved.as_object()) keys.emplace_back(key);
  EXPECT_THAT(keys, ElementsAre("run_name", "start_date", "end_date", "initial_cash", "universe", "strategy", "sizing",
                                "constraints", "broker", "output", "data", "metrics"));
  std::vector<std::string> broker;
  for (const auto& [key, value] : spec.resolved.at("broker").as_object()) broker.emplace_back(key);
  EXPECT_THAT(broker,
              testing::IsSupersetOf({"slippage_bps", "spread_bps", "commission", "fill_policy",
                                     "allow_fractional_shares", "lot_size", "rounding_mode", "min_trade_notional",
                                     "min_trade_shares", "on_missing_price", "max_participation_rate"}));
  EXPECT_EQ(spec.resolved.at("universe").at("asset_class"), "Equity");
  EXPECT_EQ(spec.resolved.at("data").at("frequency"), "Daily");
  EXPECT_TRUE(spec.resolved.at("constraints").at("max_turnover").is_null());
}

TEST(ParseSpec, TextsHaveLimitsInCharacters) {
  struct Case {
    std::string line;
    const char* complaint;  // null: none
  };
  std::string umlauts;
  for (int i = 0; i < 256; ++i) umlauts += "ä";
  const Case cases[] = {
      {"run_name: " + umlauts, nullptr},
      {"run_name: " + umlauts + "b", "run_name: has 257 characters; at most 256"},
      {"run_name: " + std::string(1'000'000, 'n'), "run_name: has 1000000 characters; at most 4096"},
      {"universe: {symbols: [" + std::string(5000, 'S') + "]}",
       "universe.symbols[0]: has 5000 characters; at most 4096"},
  };
  for (const Case& each : cases) {
    std::string complaints;
    try {
      parse_spec(each.line + "\n", "x.yaml");
    } catch (const InvalidInput& error) {
      complaints = error.what();
    }
    if (each.complaint != nullptr) {
      EXPECT_THAT(complaints, testing::HasSubstr(each.complaint));
    } else {
      EXPECT_THAT(complaints, testing::Not(testing::HasSubstr("characters")));
    }
  }
}

}  // namespace
}  // namespace backtest
