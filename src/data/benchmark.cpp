#include "data/benchmark.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "data/reference_series.hpp"
#include "data/refuse_file.hpp"
#include "data/request_parts.hpp"

namespace backtest {

std::vector<double> benchmark_series(const PanelShape& shape, std::uint32_t place, std::span<const TableField> fields) {
  const auto values_of = [&](const char* name) -> std::span<const double> {
    const auto found = std::ranges::find_if(fields, [&](const TableField& field) { return field.name() == name; });
    return found == fields.end() ? std::span<const double>{} : found->values;
  };
  const std::span<const double> close = values_of("close");
  const std::span<const double> split = values_of("split");
  const std::span<const double> dividend = values_of("dividend");
  std::vector<ReferenceRow> rows;
  for (std::size_t bar = 0; bar < shape.dates.size(); ++bar) {
    const Cell cell = shape.cell(bar, place);
    rows.push_back({.date = shape.dates[bar],
                    .value = close[cell],
                    .split = split.empty() ? missing : split[cell],
                    .dividend = dividend.empty() ? missing : dividend[cell]});
  }
  return held_values(rows);
}

namespace {

// One in twenty prices that is none is a bad cell; more are a series of something else.
constexpr std::uint64_t most_refused = 20;

// Growth since the row before, linked.
std::vector<double> linked_returns(const std::vector<ReferenceRow>& rows, const std::string& path) {
  std::vector<double> values;
  double growth = 1.0;
  std::size_t large = 0;
  for (const ReferenceRow& row : rows) {
    if (row.value <= -1.0) {
      refuse_file(path, fmt::format("{} has a return of {:.6g}, which loses everything; benchmark.kind: return reads "
                                    "fractions, 0.01 for 1 %",
                                    to_text(row.date), row.value));
    }
    large += row.value > 1.0 ? 1 : 0;
    if (!std::isnan(row.value)) growth *= 1.0 + row.value;
    values.push_back(std::isnan(row.value) ? missing : growth);
  }
  if (2 * large > rows.size()) {
    refuse_file(path,
                "most returns are above 100 %: are these prices? benchmark.kind: price (the default) reads them so");
  }
  return values;
}

// The value of each bar's own date; NaN where there is no row.
std::vector<double> on_bars(const std::vector<ReferenceRow>& rows, const std::vector<double>& values,
                            const std::vector<Date>& bars) {
  std::vector<double> series(bars.size(), missing);
  for (std::size_t bar = 0; bar < bars.size(); ++bar) {
    const auto found = std::ranges::lower_bound(rows, bars[bar], {}, &ReferenceRow::date);
    if (found != rows.end() && found->date == bars[bar]) {
      series[bar] = values[static_cast<std::size_t>(found - rows.begin())];
    }
  }
  return series;
}

// The last value on or before each bar.
std::vector<double> as_of_bars(const std::vector<ReferenceRow>& rows, const std::vector<double>& values,
                               const std::vector<Date>& bars) {
  std::vector<double> series;
  double last = missing;
  std::size_t next = 0;
  for (const Date bar : bars) {
    for (; next < rows.size() && rows[next].date <= bar; ++next) {
      if (!std::isnan(values[next])) last = values[next];
    }
    series.push_back(last);
  }
  return series;
}

std::vector<double> yields_of(const std::vector<ReferenceRow>& rows, const std::string& path) {
  std::vector<double> yields;
  for (const ReferenceRow& row : rows) {
    if (std::abs(row.value) > 1.0) {
      refuse_file(path, fmt::format("{} has a yield of {:.6g}: yields are annual and fractions, 0.0525 for 5.25 %; "
                                    "metrics.risk_free.kind: price reads prices",
                                    to_text(row.date), row.value));
    }
    yields.push_back(row.value);
  }
  return yields;
}

}  // namespace

std::vector<double> load_benchmark(const LoadRequest& request, const Panel& prices, std::vector<Diagnostic>& warnings) {
  const std::string& path = request.benchmark_path ? *request.benchmark_path : request.price_path;
  const bool holds_returns = request.benchmark_holds_returns;
  const ReferenceSeries found = read_reference(
      {.role = "the benchmark",
       .key = "benchmark",
       .parts = request.benchmark_path ? other_parts(request, path)
                                       : reference_parts(request, *request.benchmark_symbol, request.start_date),
       .symbol = request.benchmark_symbol,
       .kind = holds_returns ? FieldKind::number : FieldKind::price,
       .first = prices.dates.front(),
       .last = prices.dates.back(),
       .last_duplicate_wins = request.last_duplicate_wins,
       .format = request.format,
       .sources = request.sources.get()},
      warnings);
  if (found.refused_prices * most_refused > found.rows.size()) {
    refuse_file(path, fmt::format("{} of {} closes of the benchmark are zero or negative: are these returns? "
                                  "benchmark.kind: return reads them so",
                                  found.refused_prices, found.rows.size()));
  }
  const std::vector<double> values = holds_returns ? linked_returns(found.rows, path) : held_values(found.rows);
  std::vector<double> series = on_bars(found.rows, values, prices.dates);
  const bool has_row = std::ranges::any_of(
      prices.dates, [&](Date bar) { return std::ranges::binary_search(found.rows, bar, {}, &ReferenceRow::date); });
  if (!has_row) {
    refuse_file(path, "no row of the benchmark lies on a bar between " + to_text(prices.dates.front()) + " and " +
                          to_text(prices.dates.back()));
  }
  return series;
}

std::vector<double> load_risk_free(const LoadRequest& request, const Panel& prices, std::vector<Diagnostic>& warnings) {
  if (!request.risk_free_path && !request.risk_free_symbol) return {};
  const std::string& path = request.risk_free_path ? *request.risk_free_path : request.price_path;
  const bool holds_yields = request.risk_free_holds_yields;
  const ReferenceSeries found = read_reference(
      {.role = "the risk-free series",
       .key = "metrics.risk_free",
       .parts = request.risk_free_path ? other_parts(request, path)
                                       : reference_parts(request, *request.risk_free_symbol, std::nullopt),
       .symbol = request.risk_free_symbol,
       .kind = holds_yields ? FieldKind::number : FieldKind::price,
       .first = make_date(1, 1, 1),
       .last = prices.dates.back(),
       .last_duplicate_wins = request.last_duplicate_wins,
       .format = request.format,
       .sources = request.sources.get()},
      warnings);
  if (found.rows.empty() && request.risk_free_symbol) {
    throw InvalidInput(Diagnostic{.file = path,
                                  .path = "metrics.risk_free.symbol",
                                  .message = fmt::format("'{}' has no row in the price table up to {}",
                                                         *request.risk_free_symbol, to_text(prices.dates.back()))});
  }
  if (found.refused_prices * most_refused > found.rows.size()) {
    refuse_file(path,
                "prices of the risk-free series are zero or negative: are these yields? "
                "metrics.risk_free.kind: yield reads them so");
  }
  const std::vector<double> values = holds_yields ? yields_of(found.rows, path) : held_values(found.rows);
  std::vector<double> series = as_of_bars(found.rows, values, prices.dates);
  if (std::isnan(series[prices.first_bar])) {
    refuse_file(path, fmt::format("the risk-free series has no value on or before the first bar, {}{}",
                                  to_text(prices.dates[prices.first_bar]),
                                  found.rows.empty() ? "" : "; it starts on " + to_text(found.rows.front().date)));
  }
  return series;
}

}  // namespace backtest
