// What a completed run found: its summary, its series and its trades, read from its CSV and JSON artifacts.
#include <optional>
#include <vector>

#include "base/strict_json.hpp"
#include "edge/http/message/problem.hpp"
#include "edge/http/resource/csv_rows.hpp"
#include "edge/http/resource/point_writer.hpp"
#include "edge/http/resource/query_parameters.hpp"
#include "edge/http/resource/resources.hpp"
#include "edge/http/resource/row_page.hpp"
#include "edge/http/resource/run_artifacts.hpp"

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

struct Series {
  RowPage page;
  std::uint64_t total = 0;  // of the series before it was thinned
};

// The rows of `name`, or those of one window, thinned to every step-th, and the last one too where `with_last`. The
// file is read again where it has more than `max_points` of them: how many there are decides which are wanted.
Series read_series(ApiContext& context, const RunRecord& record, std::string_view name, std::uint64_t max_points,
                   bool with_last, const std::optional<std::string>& window_days = std::nullopt) {
  std::optional<std::size_t> window_column;
  const auto find_column = [&](std::string_view header) { window_column = CsvRows(header).column("window_days"); };
  const auto belongs = [&](std::string_view row) {
    if (!window_days) return true;
    const std::vector<std::string> cells = csv_cells(row);
    if (!window_column || *window_column >= cells.size()) return false;
    const std::string& cell = cells[*window_column];
    return cell == *window_days || cell == *window_days + ".0";
  };
  Series series;
  const auto first = open_artifact(context, record, name);
  series.page = read_rows(
      *first, [&](std::uint64_t, std::string_view row) { return belongs(row) && series.total++ < max_points; },
      find_column);
  if (series.total <= max_points) return series;
  const std::uint64_t step = (series.total + max_points - 1) / max_points;
  std::uint64_t next = 0;
  const auto again = open_artifact(context, record, name);
  series.page = read_rows(*again, [&](std::uint64_t, std::string_view row) {
    if (!belongs(row)) return false;
    const std::uint64_t at = next++;
    return at % step == 0 || (with_last && at + 1 == series.total);
  });
  return series;
}

std::string points_json(const Series& series, std::uint64_t max_points, std::vector<PointField> fields) {
  CsvRows rows(series.page.text);
  const PointWriter writer(rows, std::move(fields));
  std::string json = "{\"points\":[";
  for (std::string_view separator; rows.next(); separator = ",") {
    json += separator;
    writer.append(json, rows);
  }
  return json + "],\"total_points\":" + std::to_string(series.total) +
         ",\"truncated\":" + (series.total > max_points ? "true" : "false") + "}";
}

// API-23.
std::string timeseries_json(ApiContext& context, const RunRecord& record, std::uint64_t max_points) {
  const Series series = read_series(context, record, "daily_metrics.csv", max_points, true);
  if (series.total == 0) throw HttpError(404, "artifact_empty", "the run has no daily metrics");
  return points_json(series, max_points,
                     {{"date", Kind::text},
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
}

// API-24: thinned alike, without adding the last.
std::string rolling_json(ApiContext& context, const RunRecord& record, std::int64_t window_days,
                         std::uint64_t max_points) {
  const Series series =
      read_series(context, record, "metrics_rolling.csv", max_points, false, std::to_string(window_days));
  if (series.page.total == 0) throw HttpError(404, "artifact_empty", "the run has no rolling metrics");
  return points_json(series, max_points,
                     {{"date", Kind::text},
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
                      {"net_exposure_avg"},
                      {"rolling_beta"}});
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
  return answer_about_run(context, request, [&](const RunRecord& record) {
    const auto summary = parse_strict_json(read_artifact(context, record, "summary.json"));
    if (!summary) throw HttpError(500, "artifact_unreadable", "the run's summary cannot be read");
    return json_text(*summary);
  });
}

HttpResponse get_timeseries(ApiContext& context, const HttpRequest& request) {
  const std::int64_t max_points = integer_parameter(request, "max_points", 5'000, 50, 200'000);
  return answer_about_run(context, request, [&](const RunRecord& record) {
    return timeseries_json(context, record, static_cast<std::uint64_t>(max_points));
  });
}

HttpResponse get_rolling(ApiContext& context, const HttpRequest& request) {
  const std::int64_t window_days = integer_parameter(request, "window_days", 63, 2, 2'000);
  const std::int64_t max_points = integer_parameter(request, "max_points", 5'000, 50, 200'000);
  return answer_about_run(context, request, [&](const RunRecord& record) {
    return rolling_json(context, record, window_days, static_cast<std::uint64_t>(max_points));
  });
}

HttpResponse get_trades(ApiContext& context, const HttpRequest& request) {
  const std::int64_t limit = integer_parameter(request, "limit", 5'000, 1, 200'000);
  const std::int64_t offset = integer_parameter(request, "offset", 0, 0, 1'000'000'000);
  return answer_about_run(context, request, [&](const RunRecord& record) {
    const auto reader = open_artifact(context, record, "trades.csv");
    const auto first = static_cast<std::uint64_t>(offset), end = first + static_cast<std::uint64_t>(limit);
    const RowPage page =
        read_rows(*reader, [&](std::uint64_t row, std::string_view) { return row >= first && row < end; });
    return trades_json(page, limit, offset);
  });
}

}  // namespace backtest
