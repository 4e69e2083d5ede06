// What a completed run found: its summary, its series and its trades, read from its CSV and JSON artifacts.
#include <algorithm>
#include <vector>

#include "base/strict_json.hpp"
#include "edge/http/csv_rows.hpp"
#include "edge/http/point_writer.hpp"
#include "edge/http/problem.hpp"
#include "edge/http/query_parameters.hpp"
#include "edge/http/resources.hpp"
#include "edge/http/row_page.hpp"
#include "edge/http/run_artifacts.hpp"

namespace backtest {

namespace {

using Kind = PointField::Kind;

HttpResponse cached_json(std::string body, const std::string& etag) {
  HttpResponse response = json_response(200, std::move(body));
  response.set("ETag", etag);
  response.set("Cache-Control", "private, no-cache");
  return response;
}

// Answers with what `body` makes of the run's record, unless the client has that already.
template <class Body>
HttpResponse answer_about_run(ApiContext& context, const HttpRequest& request, Body body) {
  const RunRecord record = require_artifacts(context, request);
  const std::string etag = derived_etag(record, request);
  if (not_modified(request, etag)) return not_modified_response(etag);
  return cached_json(body(record), etag);
}

// The same with what `body` makes of the whole artifact `name`.
template <class Body>
HttpResponse answer_from(ApiContext& context, const HttpRequest& request, std::string_view name, Body body) {
  return answer_about_run(context, request,
                          [&](const RunRecord& record) { return body(read_artifact(context, record, name)); });
}

std::string points_json(const std::string& points, std::size_t total, bool truncated) {
  return "{\"points\":[" + points + "],\"total_points\":" + std::to_string(total) +
         ",\"truncated\":" + (truncated ? "true" : "false") + "}";
}

// API-23: every step-th row, and the last one too.
std::string timeseries_json(const std::string& text, std::int64_t max_points) {
  CsvRows rows(text);
  const std::size_t total = rows.remaining();
  if (total == 0) throw HttpError(404, "artifact_empty", "the run has no daily metrics");
  const PointWriter writer(rows, {{"date", Kind::text},
                                  {"portfolio_value", Kind::number_or_zero},
                                  {"drawdown", Kind::number_or_zero},
                                  {"daily_return"},
                                  {"cumulative_return"},
                                  {"cash"},
                                  {"gross_exposure"},
                                  {"net_exposure"},
                                  {"turnover"},
                                  {"commission"},
                                  {"slippage_cost"}});
  const auto most = static_cast<std::size_t>(max_points);
  const std::size_t step = total > most ? (total + most - 1) / most : 1;
  std::string points;
  for (std::size_t row = 0; row < total; ++row) {
    if (row % step != 0 && row + 1 != total) {
      rows.skip();
      continue;
    }
    rows.next();
    if (!points.empty()) points += ',';
    writer.append(points, rows);
  }
  return points_json(points, total, total > most);
}

// API-24: the rows of one window, thinned alike, without adding the last.
std::string rolling_json(const std::string& text, std::int64_t window_days, std::int64_t max_points) {
  CsvRows rows(text);
  const PointWriter writer(rows, {{"date", Kind::text},
                                  {"window_days", Kind::integer},
                                  {"rolling_return"},
                                  {"rolling_volatility"},
                                  {"rolling_sharpe"},
                                  {"rolling_max_drawdown"},
                                  {"turnover_sum"},
                                  {"commission_sum"},
                                  {"slippage_cost_sum"},
                                  {"n_trades_sum"},
                                  {"gross_exposure_avg"},
                                  {"net_exposure_avg"}});
  const auto window_column = rows.column("window_days");
  const std::string window = std::to_string(window_days);
  std::vector<std::string> points;
  bool any = false;
  while (rows.next()) {
    any = true;
    const std::string_view cell = rows.cell(window_column);
    if (cell != window && cell != window + ".0") continue;
    writer.append(points.emplace_back(), rows);
  }
  if (!any) throw HttpError(404, "artifact_empty", "the run has no rolling metrics");
  const auto most = static_cast<std::size_t>(max_points);
  const std::size_t step = points.size() > most ? (points.size() + most - 1) / most : 1;
  std::string text_of_points;
  for (std::size_t i = 0; i < points.size(); i += step) {
    if (!text_of_points.empty()) text_of_points += ',';
    text_of_points += points[i];
  }
  return points_json(text_of_points, points.size(), points.size() > most);
}

std::string trades_json(const RowPage& page, std::int64_t limit, std::int64_t offset) {
  CsvRows rows(page.text);
  const PointWriter writer(rows, {{"execution_date", Kind::text},
                                  {"symbol", Kind::text},
                                  {"quantity", Kind::number_or_zero},
                                  {"price", Kind::number_or_zero},
                                  {"notional", Kind::number_or_zero},
                                  {"commission", Kind::number_or_zero},
                                  {"slippage_cost", Kind::number_or_zero},
                                  {"cash_after", Kind::number_or_zero}});
  std::string trades;
  while (rows.next()) {
    if (!trades.empty()) trades += ',';
    writer.append(trades, rows);
  }
  return "{\"limit\":" + std::to_string(limit) + ",\"offset\":" + std::to_string(offset) +
         ",\"total\":" + std::to_string(page.total) + ",\"trades\":[" + trades + "]}";
}

}  // namespace

HttpResponse get_summary(ApiContext& context, const HttpRequest& request) {
  return answer_from(context, request, "summary.json", [](const std::string& text) {
    const auto summary = parse_strict_json(text);
    if (!summary) throw HttpError(500, "artifact_unreadable", "the run's summary cannot be read");
    return json_text(*summary);
  });
}

HttpResponse get_timeseries(ApiContext& context, const HttpRequest& request) {
  const std::int64_t max_points = integer_parameter(request, "max_points", 5'000, 50, 200'000);
  return answer_from(context, request, "daily_metrics.csv",
                     [&](const std::string& text) { return timeseries_json(text, max_points); });
}

HttpResponse get_rolling(ApiContext& context, const HttpRequest& request) {
  const std::int64_t window_days = integer_parameter(request, "window_days", 63, 2, 2'000);
  const std::int64_t max_points = integer_parameter(request, "max_points", 5'000, 50, 200'000);
  return answer_from(context, request, "metrics_rolling.csv",
                     [&](const std::string& text) { return rolling_json(text, window_days, max_points); });
}

HttpResponse get_trades(ApiContext& context, const HttpRequest& request) {
  const std::int64_t limit = integer_parameter(request, "limit", 5'000, 1, 200'000);
  const std::int64_t offset = integer_parameter(request, "offset", 0, 0, 1'000'000'000);
  return answer_about_run(context, request, [&](const RunRecord& record) {
    const auto reader = open_artifact(context, record, "trades.csv");
    const RowPage page = read_row_page(*reader, static_cast<std::uint64_t>(offset), static_cast<std::uint64_t>(limit));
    return trades_json(page, limit, offset);
  });
}

}  // namespace backtest
