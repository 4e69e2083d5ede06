// One small finished run that has a row of everything: warm-up, a short, a stale mark, a delisting, rejects, residual
// hits, two legs whose names collide, debug tables, symbols and names that need quoting and escaping.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "report/report.hpp"

namespace backtest {

struct SmallRun {
  MarketData market;
  SimulationResult result;
  ReportRequest request;
  Summary summary;

  std::vector<double> close, dividend;  // owned here: the panel only points
  std::vector<std::uint8_t> has_row;

  explicit SmallRun(const std::filesystem::path& directory) {
    make_market();
    make_record();
    make_decisions();
    make_request(directory);
    summarize_again();
  }
  SmallRun(const SmallRun&) = delete;

  void summarize_again() {
    Policy policy;
    policy.initial_cash = 1000.0;
    policy.broker.fill_policy = request.fill_policy;
    summary = summarize(result, market, policy);
  }

  Report write() const { return write_report(request, market, result, summary); }

 private:
  void make_market() {
    Panel& prices = market.prices;
    for (const int day : {30, 31, 32, 33, 34}) prices.dates.push_back(Date{make_date(2024, 1, 1).days + day - 1});
    prices.first_bar = 1;  // 2024-01-31
    prices.instruments = {"A,B", "NA", "<i>"};
    close = {9, 40, 5, 10, 50, 5, 11, 51, missing, 12, 49, missing, 12, 48, missing};
    dividend.assign(close.size(), missing);
    dividend[prices.cell(3, 0)] = 0.1;
    has_row.assign(close.size(), 1);
    prices.open = close;
    prices.close = close;
    prices.dividend = dividend;
    prices.has_row = has_row;
    market.benchmark_close = {100, 100, 101, missing, 99};
  }

  void make_record() {
    result.first_bar = market.prices.first_bar;
    result.opening_nav = 1000.0;
    result.bars = {{.nav = 1000.0, .cash = 1000.0},
                   {.nav = 1039.0,
                    .cash = 839.0,
                    .period_return = 0.039,
                    .cumulative_return = 0.039,
                    .gross_exposure = 200.0 / 1039.0,
                    .net_exposure = 200.0 / 1039.0,
                    .turnover = 0.7,
                    .commission = 1.0,
                    .slippage_cost = 0.5,
                    .fill_count = 3},
                   {.nav = 1061.0,
                    .cash = 841.0,
                    .period_return = 1061.0 / 1039.0 - 1.0,
                    .cumulative_return = 0.061,
                    .gross_exposure = 0.5,
                    .net_exposure = 0.2,
                    .dividends = 4.0,
                    .financing = -0.25},
                   {.nav = 1008.0,
                    .cash = 888.0,
                    .period_return = 1008.0 / 1061.0 - 1.0,
                    .cumulative_return = 0.008,
                    .drawdown = 1008.0 / 1061.0 - 1.0,
                    .gross_exposure = 0.4,
                    .net_exposure = 0.1,
                    .turnover = 0.3,
                    .fill_count = 2}};
    result.fills = {{.bar = 2, .instrument = 0, .quantity = 40, .price = 10.5, .notional = 420, .cash_after = 580},
                    {.bar = 2,
                     .instrument = 1,
                     .quantity = -4,
                     .price = 50.5,
                     .notional = -202,
                     .commission = 1.0,
                     .slippage_cost = 0.5,
                     .cash_after = 781},
                    {.bar = 2, .instrument = 2, .quantity = 10, .price = 5, .notional = 50, .cash_after = 731},
                    {.bar = 4,
                     .instrument = 2,
                     .quantity = -10,
                     .price = 5,
                     .notional = -50,
                     .cash_after = 781,
                     .reason = FillReason::delisted},
                    {.bar = 4, .instrument = 0, .quantity = -40, .price = 12.25, .notional = -490, .cash_after = 1271}};
    result.rejects = {{.bar = 3, .instrument = 2, .reason = RejectReason::missing_open_price},
                      {.bar = 3,
                       .instrument = 1,
                       .reason = RejectReason::participation_cap,
                       .requested_quantity = 5,
                       .executed_quantity = 2.5,
                       .requested_notional = 255,
                       .executed_notional = 127.5}};
    result.holdings = {{.instrument = 0, .shares = 40, .mark = 11},
                       {.instrument = 1, .shares = -4, .mark = 51},
                       {.instrument = 2, .stale = true, .shares = 10, .mark = 5},
                       {.instrument = 0, .shares = 40, .mark = 12},
                       {.instrument = 1, .shares = -4, .mark = 49},
                       {.instrument = 2, .stale = true, .shares = 10, .mark = 5},
                       {.instrument = 1, .shares = -4, .mark = 48}};
    result.holdings_begin = {0, 0, 3, 6, 7};
  }

  void make_decisions() {
    result.hits = {
        {.bar = 1,
         .constraint = Constraint::position_cap,
         .has_instrument = true,
         .instrument = 2,
         .before = 0.5,
         .after = 0.25,
         .details = {{"cap", 0.25}}},
        {.bar = 3, .constraint = Constraint::residual, .residual_of = Constraint::max_leverage, .before = 1.5}};
    result.leg_weights = {{.bar = 1, .leg = 0, .instrument = 0, .alpha = 0.5, .weight = 1.0},
                          {.bar = 1, .leg = 1, .instrument = 1, .alpha = 0.5, .weight = -1.0},
                          {.bar = 1, .leg = 2, .instrument = 2, .alpha = 1.0, .weight = 0.05}};
    result.blend_pre_constraints = {{.bar = 1, .instrument = 0, .weight = 0.5},
                                    {.bar = 1, .instrument = 1, .weight = -0.5}};
    result.blend_post_constraints = {{.bar = 1, .instrument = 0, .weight = 0.4}};
    result.debug = {{.bar = 1, .leg = 0, .table = DebugTable::scores, .instrument = 0, .value = 1.25},
                    {.bar = 1, .leg = 0, .table = DebugTable::exits, .marker = true},
                    {.bar = 3,
                     .leg = 1,
                     .table = DebugTable::exits,
                     .instrument = 1,
                     .value = 0.5,
                     .exit = false,
                     .reasons = "partial;stop"}};
  }

  void make_request(const std::filesystem::path& directory) {
    request.directory = directory;
    request.run_id = "RUN20240301-0123456789abcdef";
    request.run_name = "<script>alert('x')</script> & co";
    request.submitted_at = "2024-03-01T09:59:58.250000+00:00";
    request.start_date = make_date(2024, 1, 31);
    request.end_date = make_date(2024, 2, 29);
    json::object config;
    config["run_name"] = *request.run_name;
    config["initial_cash"] = 1000.0;
    request.resolved_config = std::move(config);
    request.resolved_config_yaml = "run_name: \"<script>alert('x')</script> & co\"\ninitial_cash: 1000.0\n";
    request.config_sha256 = "c0";
    request.data_fingerprint = "d0";
    request.strategy_class = "CompositeStrategy";
    request.sizer_class = "EqualWeightSizer";
    request.leg_names = {"value/long", "value long"};
    request.universe = {1, 0, 2, 1};  // config order, a symbol twice
    request.benchmark_name = "S&P <500>";
    request.fill_policy = FillPolicy::same_close;
    request.warnings = {{.path = "data.frequency", .message = "has no effect <here>"}};
  }
};

}  // namespace backtest
