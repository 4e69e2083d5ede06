// The sections `metrics` and `benchmark`: their forms, their defaults, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "spec/spec.hpp"

namespace backtest {
namespace {

using testing::HasSubstr;

std::string config(const std::string& sections) {
  return "start_date: 2024-01-02\nend_date: 2024-02-02\nuniverse: {symbols: [A]}\ndata: {price_path: p.csv}\n"
         "strategy: {class: BuyAndHoldStrategy}\n" +
         sections;
}

Spec spec_of(const std::string& sections) {
  return parse_spec(config(sections), "c.yaml");
}

std::string error_of(const std::string& sections) {
  try {
    spec_of(sections);
  } catch (const InvalidInput& wrong) {
    return wrong.what();
  }
  return "no error";
}

TEST(Metrics, DefaultsAreTheDatesNoRateAndDdof0) {
  const Spec spec = spec_of("");
  EXPECT_FALSE(spec.policy.metrics.bars_per_year);
  EXPECT_EQ(spec.policy.metrics.risk_free_rate, 0.0);
  EXPECT_EQ(spec.policy.metrics.ddof, 0);
  EXPECT_FALSE(spec.risk_free);
  EXPECT_EQ(json_text(spec.resolved.at("metrics")), R"({"bars_per_year":"auto","ddof":0,"risk_free":0.0})");
  EXPECT_EQ(spec.canonical, spec_of("metrics: {bars_per_year: auto, ddof: 0}\n").canonical);
}

TEST(Metrics, TakeANumberOfBarsAndARate) {
  const Spec spec = spec_of("metrics: {bars_per_year: 365, risk_free: 0.02, ddof: 1}\n");
  EXPECT_EQ(spec.policy.metrics.bars_per_year, 365.0);
  EXPECT_EQ(spec.policy.metrics.risk_free_rate, 0.02);
  EXPECT_EQ(spec.policy.metrics.ddof, 1);
}

TEST(Metrics, ASeriesOfAPathHoldsYieldsAndOneOfASymbolPrices) {
  const Spec path = spec_of("metrics: {risk_free: {path: bills.csv}}\n");
  EXPECT_EQ(path.policy.metrics.risk_free_series, RiskFreeSeries::yields);
  EXPECT_TRUE(path.risk_free->holds_yields);
  const Spec symbol = spec_of("metrics: {risk_free: {symbol: BIL}}\n");
  EXPECT_EQ(symbol.policy.metrics.risk_free_series, RiskFreeSeries::prices);
  const Spec prices = spec_of("metrics: {risk_free: {path: bil.csv, kind: price}}\n");
  EXPECT_EQ(prices.policy.metrics.risk_free_series, RiskFreeSeries::prices);
  // A resolved config reads as itself.
  EXPECT_EQ(parse_spec(json_text(prices.resolved), "c.json").canonical, prices.canonical);
}

TEST(Metrics, WhatIsWrongIsSaid) {
  EXPECT_THAT(error_of("metrics: {bars_per_year: 0}\n"), HasSubstr("metrics.bars_per_year"));
  EXPECT_THAT(error_of("metrics: {bars_per_year: yearly}\n"), HasSubstr("auto"));
  EXPECT_THAT(error_of("metrics: {bars_per_year: '252'}\n"), HasSubstr("metrics.bars_per_year"));
  EXPECT_THAT(error_of("metrics: {risk_free: 2}\n"), HasSubstr("metrics.risk_free")) << "percent, not a fraction";
  EXPECT_THAT(error_of("metrics: {risk_free: {kind: yield}}\n"), HasSubstr("exactly one of 'symbol' and 'path'"));
  EXPECT_THAT(error_of("metrics: {risk_free: {path: r.csv, kind: rate}}\n"), HasSubstr("metrics.risk_free.kind"));
  EXPECT_THAT(error_of("metrics: {risk_free: {path: r.txt}}\n"), HasSubstr("is no table that can be read"));
  EXPECT_THAT(error_of("metrics: {ddof: 2}\n"), HasSubstr("metrics.ddof"));
  EXPECT_THAT(error_of("metrics: {riskfree: 0}\n"), HasSubstr("risk_free"));
}

TEST(Benchmark, ReturnsAreReadFromAPathOnly) {
  EXPECT_TRUE(spec_of("benchmark: {path: b.csv, kind: return}\n").benchmark->holds_returns);
  EXPECT_FALSE(spec_of("benchmark: {path: b.csv}\n").benchmark->holds_returns);
  EXPECT_THAT(error_of("benchmark: {symbol: A, kind: return}\n"), HasSubstr("return needs a path"));
}

}  // namespace
}  // namespace backtest
