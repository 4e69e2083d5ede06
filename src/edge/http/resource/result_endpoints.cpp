// What a completed run found: its summary, its series and its trades, read from its artifacts.
#include <algorithm>
#include <optional>
#include <vector>

#include "base/strict_json.hpp"
#include "edge/http/message/problem.hpp"
#include "edge/http/resource/point_writer.hpp"
#include "edge/http/resource/query_parameters.hpp"
#include "edge/http/resource/request_memory.hpp"
#include "edge/http/resource/resources.hpp"
#include "edge/http/resource/rows_body.hpp"
#include "edge/http/resource/run_artifacts.hpp"
#include "edge/http/resource/table_artifacts.hpp"

namespace backtest {

namespace {

using Kind = PointField::Kind;

// Rows of an answer that is made at once, with its length: the more usual ones. Longer ones are made while they are
// sent.
constexpr std::uint64_t most_rows_at_once = 5'000;

constexpr TableName daily_table{"metrics_timeseries.parquet", "daily_metrics.csv"};
constexpr TableName rolling_table{"metrics_rolling.parquet", "metrics_rolling.csv"};
constexpr TableName trades_table{"trades.parquet", "trades.csv"};

// Answers with what `answer` makes of the run, unless the client has that already.
template <class Answer>
HttpResponse answer_about_run(ApiContext& context, const HttpRequest& request, Answer answer) {
  const RunArtifacts run = require_artifacts(context, request);
  const std::string etag = derived_etag(run.record, request);
  if (not_modified(request, etag)) return not_modified_response(etag);
  HttpResponse response = answer(run);
  response.set("ETag", etag);
  response.set("Cache-Control", "private, no-cache");
  return response;
}

HttpResponse rows_response(std::unique_ptr<RowsBody> rows, std::uint64_t count, MemoryShare memory) {
  if (count <= most_rows_at_once) return json_response(200, rows->text());
  HttpResponse response = json_response(200, "");
  response.source = std::move(rows);
  response.memory = std::move(memory);
  return response;
}

// A series thinned to every step-th of its rows.
struct Thinning {
  std::uint64_t total = 0;  // of the series; the table may hold others
  std::uint64_t step = 1;
  bool with_last = false;  // keep the last row too
  std::uint64_t seen = 0;

  RowsBody::Choice choose() {
    const std::uint64_t at = seen++;
    return at % step == 0 || (with_last && seen == total) ? RowsBody::Choice::take : RowsBody::Choice::skip;
  }
};

// The rows of a table whose first column is `window`, or all.
class Window {
 public:
  explicit Window(std::optional<std::int64_t> days) : days_(days) {}
  bool holds(ArtifactTable& table, std::size_t column) const {
    return !days_ || table.number(column) == static_cast<double>(*days_);
  }
  std::uint64_t count(ArtifactTable& table) const {
    std::uint64_t rows = 0;
    while (table.next()) rows += holds(table, 0) ? 1 : 0;
    return rows;
  }

 private:
  std::optional<std::int64_t> days_;
};

// The series of one window, or the only one. How many rows it has decides which are wanted, so it is read twice; the
// first time one column suffices.
HttpResponse series_response(ApiContext& context, const RunArtifacts& run, const TableName& name,
                             std::vector<PointField> fields, std::uint64_t max_points,
                             std::optional<std::int64_t> window_days) {
  MemoryShare memory = require_memory(context, table_reader_bytes);
  const Window window(window_days);
  Thinning thinning{.with_last = !window_days};
  thinning.total = window.count(*open_table(run, name, {window_days ? "window_days" : "date"}));
  if (thinning.total > max_points) thinning.step = (thinning.total + max_points - 1) / max_points;
  PointWriter writer(std::move(fields));
  const std::vector<std::string_view> columns = writer.columns();
  const auto window_column = static_cast<std::size_t>(std::ranges::find(columns, "window_days") - columns.begin());
  auto rows = std::make_unique<RowsBody>(
      open_table(run, name, columns), std::move(writer),
      [thinning, window, window_column](ArtifactTable& table) mutable {
        return window.holds(table, window_column) ? thinning.choose() : RowsBody::Choice::skip;
      },
      "{\"points\":[",
      "],\"total_points\":" + std::to_string(thinning.total) +
          ",\"truncated\":" + (thinning.total > max_points ? "true" : "false") + "}");
  return rows_response(std::move(rows), thinning.total / thinning.step, std::move(memory));
}

bool has_rows(const RunArtifacts& run, const TableName& name) {
  return open_table(run, name, {"date"})->next();
}

// API-23.
HttpResponse timeseries_response(ApiContext& context, const RunArtifacts& run, std::uint64_t max_points) {
  if (!has_rows(run, daily_table)) throw HttpError(404, "artifact_empty", "the run has no daily metrics");
  return series_response(context, run, daily_table,
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
                          {"slippage_cost"}},
                         max_points, std::nullopt);
}

// API-24: thinned alike, without adding the last.
HttpResponse rolling_response(ApiContext& context, const RunArtifacts& run, std::int64_t window_days,
                              std::uint64_t max_points) {
  if (!has_rows(run, rolling_table)) {
    throw HttpError(404, "artifact_empty", "the run has no rolling metrics");
  }
  return series_response(context, run, rolling_table,
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
                          {"rolling_beta"}},
                         max_points, window_days);
}

HttpResponse trades_response(ApiContext& context, const RunArtifacts& run, std::uint64_t limit, std::uint64_t offset) {
  MemoryShare memory = require_memory(context, table_reader_bytes);
  const std::uint64_t total = Window(std::nullopt).count(*open_table(run, trades_table, {"symbol"}));
  PointWriter writer({{"execution_date", Kind::text},
                      {"symbol", Kind::text},
                      {"quantity", Kind::number_or_zero},
                      {"price", Kind::number_or_zero},
                      {"notional", Kind::number_or_zero},
                      {"commission", Kind::number_or_zero},
                      {"slippage_cost", Kind::number_or_zero},
                      {"cash_after", Kind::number_or_zero}});
  auto table = open_table(run, trades_table, writer.columns());
  auto rows = std::make_unique<RowsBody>(
      std::move(table), std::move(writer),
      [row = std::uint64_t{0}, offset, limit](ArtifactTable&) mutable {
        const std::uint64_t at = row++;
        if (at >= offset + limit) return RowsBody::Choice::stop;
        return at >= offset ? RowsBody::Choice::take : RowsBody::Choice::skip;
      },
      "{\"limit\":" + std::to_string(limit) + ",\"offset\":" + std::to_string(offset) +
          ",\"total\":" + std::to_string(total) + ",\"trades\":[",
      "]}");
  const std::uint64_t count = offset >= total ? 0 : std::min(limit, total - offset);
  return rows_response(std::move(rows), count, std::move(memory));
}

}  // namespace

HttpResponse get_summary(ApiContext& context, const HttpRequest& request) {
  return answer_about_run(context, request, [&](const RunArtifacts& run) {
    const auto summary = parse_strict_json(read_artifact(run, "summary.json"));
    if (!summary) throw HttpError(500, "artifact_unreadable", "the run's summary cannot be read");
    return json_response(200, json_text(*summary));
  });
}

HttpResponse get_timeseries(ApiContext& context, const HttpRequest& request) {
  const std::int64_t max_points = integer_parameter(request, "max_points", 5'000, 50, 200'000);
  return answer_about_run(context, request, [&](const RunArtifacts& run) {
    return timeseries_response(context, run, static_cast<std::uint64_t>(max_points));
  });
}

HttpResponse get_rolling(ApiContext& context, const HttpRequest& request) {
  const std::int64_t window_days = integer_parameter(request, "window_days", 63, 2, 2'000);
  const std::int64_t max_points = integer_parameter(request, "max_points", 5'000, 50, 200'000);
  return answer_about_run(context, request, [&](const RunArtifacts& run) {
    return rolling_response(context, run, window_days, static_cast<std::uint64_t>(max_points));
  });
}

HttpResponse get_trades(ApiContext& context, const HttpRequest& request) {
  const std::int64_t limit = integer_parameter(request, "limit", 5'000, 1, 200'000);
  const std::int64_t offset = integer_parameter(request, "offset", 0, 0, 1'000'000'000);
  return answer_about_run(context, request, [&](const RunArtifacts& run) {
    return trades_response(context, run, static_cast<std::uint64_t>(limit), static_cast<std::uint64_t>(offset));
  });
}

}  // namespace backtest
