#include "edge/http/resource/list_filter.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/ascii_text.hpp"
#include "base/number_text.hpp"
#include "base/utc_time.hpp"
#include "base/utf8_text.hpp"
#include "edge/http/message/identity.hpp"
#include "edge/http/message/problem.hpp"
#include "edge/http/resource/run_ownership.hpp"
#include "run_store/run_tags.hpp"

namespace backtest {

namespace {

constexpr std::size_t longest_search = 256;
constexpr std::array<RunOrder, 3> numbers{RunOrder::total_return, RunOrder::sharpe_ratio, RunOrder::max_drawdown};

std::optional<double> number_parameter(const HttpRequest& request, const std::string& name) {
  const auto text = request.query(name);
  if (!text) return std::nullopt;
  const auto number = parse_number(*text);
  if (!number || !std::isfinite(*number)) throw invalid_parameter(name, "must be a number, such as 0.25");
  return number;
}

std::optional<StoreTime> time_parameter(const HttpRequest& request, const std::string& name) {
  const auto text = request.query(name);
  if (!text) return std::nullopt;
  if (const auto date = parse_date(*text)) return std::int64_t{date->days} * microseconds_per_day;
  const auto time = parse_utc(*text);
  if (!time)
    throw invalid_parameter(name, "must be a date or a time in UTC, such as 2024-01-31 or 2024-01-31T12:00:00Z");
  return time;
}

void read_order(const HttpRequest& request, ListFilter& filter) {
  std::string_view text = request.query("sort").value_or("-submitted_at");
  filter.is_ascending = !text.starts_with('-');
  if (!filter.is_ascending) text.remove_prefix(1);
  const auto order = parse_run_order(text);
  if (!order) {
    throw invalid_parameter("sort",
                            "must be submitted_at, completed_at, duration, total_return, sharpe_ratio or max_drawdown, "
                            "with a - before it for the greatest first");
  }
  filter.order = *order;
}

void read_bounds(const HttpRequest& request, ListFilter& filter) {
  for (const RunOrder number : numbers) {
    const std::string name(to_text(number));
    const NumberBounds bounds{.number = number,
                              .least = number_parameter(request, name + "_min"),
                              .most = number_parameter(request, name + "_max")};
    if (bounds.least || bounds.most) filter.bounds.push_back(bounds);
  }
}

// Whoever may be shown by that name: the store has one text for each kind of caller.
void read_submitter(const ApiContext& context, const HttpRequest& request, ListFilter& filter) {
  filter.submitters = readable_submitters(context, request.principal);
  const auto shown = request.query("submitter");
  if (!shown) return;
  if (character_count(*shown) > longest_search)
    throw invalid_parameter("submitter", "must have at most 256 characters");
  const std::string name(*shown);
  std::vector<std::string> wanted{
      name, submitter_text({.kind = IdentityKind::key, .issuer = {}, .subject = name}),
      submitter_text({.kind = IdentityKind::oidc, .issuer = context.settings.auth.oidc.issuer, .subject = name})};
  if (filter.submitters) {
    const auto may_be_listed = [&](const std::string& one) {
      return std::ranges::find(*filter.submitters, one) != filter.submitters->end();
    };
    std::erase_if(wanted, [&](const std::string& one) { return !may_be_listed(one); });
  }
  filter.submitters = std::move(wanted);
}

}  // namespace

ListFilter list_filter(const ApiContext& context, const HttpRequest& request) {
  ListFilter filter;
  if (const auto status = request.query("status")) {
    filter.state = parse_run_state(*status);
    if (!filter.state) {
      throw HttpError(400, "invalid_status", "status must be queued, running, completed, failed or cancelled");
    }
  }
  filter.text = request.query("q").value_or("");
  if (character_count(filter.text) > longest_search) throw invalid_parameter("q", "must have at most 256 characters");
  if (const auto tags = request.query("tags")) {
    auto checked = checked_tags(comma_list(*tags));
    if (!checked) throw invalid_parameter("tags", "are wanted tags with commas between: " + checked.error());
    filter.tags = std::move(*checked);
  }
  if (const auto strategy = request.query("strategy")) {
    if (character_count(*strategy) > longest_search) {
      throw invalid_parameter("strategy", "must have at most 256 characters");
    }
    filter.strategy = *strategy;
  }
  filter.submitted_from = time_parameter(request, "submitted_from");
  filter.submitted_before = time_parameter(request, "submitted_before");
  read_bounds(request, filter);
  read_order(request, filter);
  read_submitter(context, request, filter);
  return filter;
}

}  // namespace backtest
