// GET /backtests/{run_id}/weights: what a run held over time. The names with the largest weights one by one and the
// rest together, or one name with its price; thinned like the other series, from the table of daily positions.
#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "edge/http/message/problem.hpp"
#include "edge/http/resource/query_parameters.hpp"
#include "edge/http/resource/request_memory.hpp"
#include "edge/http/resource/resources.hpp"
#include "edge/http/resource/run_artifacts.hpp"
#include "edge/http/resource/table_artifacts.hpp"

namespace backtest {

namespace {

constexpr TableName positions_table{"daily_positions.parquet", "daily_positions.csv"};
constexpr std::size_t most_symbols = 200'000;  // that sums are kept for

struct Held {
  std::string symbol;
  std::vector<double> weights, closes;  // by date; NaN where the name has no row
};

struct Weights {
  std::uint64_t total_dates = 0, step = 1;
  std::vector<std::string> dates;  // those that are shown
  std::vector<Held> held;
  std::vector<double> others;
};

// Counts dates and chooses the names: `symbol`, or the `top` ones by the sum of |weight|.
Weights choose_names(ArtifactTable& table, const std::string& symbol, std::size_t top) {
  Weights weights;
  std::map<std::string, double, std::less<>> sums;
  std::string date;
  while (table.next()) {
    if (table.text(0) != date) {
      date = table.text(0);
      ++weights.total_dates;
    }
    const double weight = std::abs(table.number(2));
    const std::string_view name = table.text(1);
    if (!symbol.empty() ? name != symbol : !(weight > 0.0)) continue;
    const auto found = sums.find(name);
    if (found != sums.end()) {
      found->second += std::isnan(weight) ? 0.0 : weight;
    } else if (sums.size() < most_symbols) {
      sums.emplace(name, std::isnan(weight) ? 0.0 : weight);
    }
  }
  std::vector<std::pair<std::string, double>> order(sums.begin(), sums.end());
  std::ranges::sort(order, [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  if (order.size() > top) order.resize(top);
  for (auto& [name, sum] : order) weights.held.push_back({.symbol = std::move(name)});
  return weights;
}

void read_weights(ArtifactTable& table, Weights& weights) {
  std::map<std::string, std::size_t, std::less<>> places;
  for (std::size_t at = 0; at < weights.held.size(); ++at) places.emplace(weights.held[at].symbol, at);
  std::string date;
  std::uint64_t dates = 0;
  bool is_shown = false;
  while (table.next()) {
    if (table.text(0) != date) {
      date = table.text(0);
      is_shown = dates % weights.step == 0 || dates + 1 == weights.total_dates;
      ++dates;
      if (is_shown) {
        weights.dates.push_back(date);
        weights.others.push_back(0.0);
        for (Held& held : weights.held) {
          held.weights.push_back(std::nan(""));
          held.closes.push_back(std::nan(""));
        }
      }
    }
    if (!is_shown) continue;
    const auto place = places.find(table.text(1));
    const double weight = table.number(2);
    if (place != places.end()) {
      weights.held[place->second].weights.back() = weight;
      weights.held[place->second].closes.back() = table.number(3);
    } else if (!std::isnan(weight)) {
      weights.others.back() += weight;
    }
  }
}

void append_numbers(std::string& out, const std::vector<double>& numbers) {
  out += '[';
  for (std::size_t at = 0; at < numbers.size(); ++at) {
    if (at > 0) out += ',';
    append_json_number(out, numbers[at]);
  }
  out += ']';
}

std::string weights_json(const Weights& weights, bool with_closes) {
  std::string out = "{\"dates\":[";
  for (std::size_t at = 0; at < weights.dates.size(); ++at) {
    if (at > 0) out += ',';
    append_json_string(out, weights.dates[at]);
  }
  out += "],\"others\":";
  append_numbers(out, weights.others);
  out += ",\"symbols\":[";
  for (std::size_t at = 0; at < weights.held.size(); ++at) {
    const Held& held = weights.held[at];
    out += at > 0 ? ",{" : "{";
    if (with_closes) {
      out += "\"closes\":";
      append_numbers(out, held.closes);
      out += ',';
    }
    out += "\"symbol\":";
    append_json_string(out, held.symbol);
    out += ",\"weights\":";
    append_numbers(out, held.weights);
    out += '}';
  }
  out += "],\"total_points\":" + std::to_string(weights.total_dates);
  return out + ",\"truncated\":" + (weights.step > 1 ? "true" : "false") + "}";
}

}  // namespace

HttpResponse get_weights(ApiContext& context, const HttpRequest& request) {
  const auto top = static_cast<std::size_t>(integer_parameter(request, "top", 10, 1, 50));
  const auto max_points = static_cast<std::uint64_t>(integer_parameter(request, "max_points", 500, 50, 5'000));
  const std::string symbol(request.query("symbol").value_or(""));
  const RunArtifacts run = require_artifacts(context, request);
  const std::string etag = derived_etag(run.record, request);
  if (not_modified(request, etag)) return not_modified_response(etag);
  const MemoryShare memory = require_memory(context, table_reader_bytes);
  const std::vector<std::string_view> columns{"date", "symbol", "weight", "close"};
  Weights weights = choose_names(*open_table(run, positions_table, columns), symbol, top);
  if (!symbol.empty() && weights.held.empty()) {
    throw HttpError(404, "symbol_not_found", "the run's positions do not name " + symbol);
  }
  if (weights.total_dates > max_points) weights.step = (weights.total_dates + max_points - 1) / max_points;
  read_weights(*open_table(run, positions_table, columns), weights);
  HttpResponse response = json_response(200, weights_json(weights, !symbol.empty()));
  response.set("ETag", etag);
  response.set("Cache-Control", "private, no-cache");
  return response;
}

}  // namespace backtest
