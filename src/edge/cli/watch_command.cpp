#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "base/json_field.hpp"
#include "base/strict_json.hpp"
#include "edge/cli/client_commands.hpp"
#include "edge/cli/client_status.hpp"
#include "edge/cli/event_stream.hpp"
#include "edge/cli/exit_status.hpp"
#include "edge/cli/progress_line.hpp"
#include "edge/cli/service_client.hpp"
#include "edge/cli/terminal_text.hpp"

namespace backtest {

namespace {

bool is_terminal(const std::string& status) {
  return status == "completed" || status == "failed" || status == "cancelled";
}

Progress progress_of(const json::object& event) {
  Progress progress{.phase = Phase::simulating, .bars_total = 1000};
  progress.bars_done = static_cast<std::size_t>(number_field(event, "progress_percent").value_or(0.0) * 10.0);
  // A progress event, or else the whole record.
  const bool is_record = event.contains("progress_date");
  progress.date = parse_date(text_field(event, is_record ? "progress_date" : "date"));
  progress.nav = number_field(event, is_record ? "progress_nav" : "nav");
  progress.bars_per_second = number_field(event, "bars_per_second").value_or(0.0);
  return progress;
}

// Follows the events until the run has ended or the stream breaks; the last status seen is kept in `status`.
void follow(ServiceClient& client, const std::string& run_id, ProgressLine& line, bool json, std::string& status,
            std::string& last_id) {
  EventStreamParser parser;
  ServiceClient::Headers headers{{"Accept", "text/event-stream"}};
  if (!last_id.empty()) headers.emplace_back("Last-Event-ID", last_id);
  client.stream(
      "/backtests/" + percent_encoded(run_id) + "/events",
      [&](std::string_view bytes) {
        for (const StreamEvent& event : parser.append(bytes)) {
          if (!event.id.empty()) last_id = event.id;
          const auto value = parse_strict_json(event.data);
          if (!value || !value->is_object()) continue;
          if (json) fmt::print("{}\n", terminal_text(json_text(*value)));
          if (const std::string here = text_field(value->get_object(), "status"); !here.empty()) status = here;
          if (status == "running" && !json) line.show(progress_of(value->get_object()));
          if (event.name == "run" && is_terminal(status)) return false;
        }
        return true;
      },
      headers);
}

}  // namespace

int watch_command(const std::string& run_id, bool json) {
  return client_status([&] {
    ServiceClient client;
    std::string status;
    std::string last_id;
    {
      ProgressLine line(json ? ProgressStyle::none : ProgressStyle::automatic, isatty(STDERR_FILENO) != 0);
      while (!is_terminal(status)) {
        follow(client, run_id, line, json, status, last_id);
        // A replica that drains ends its streams: go on with whoever answers next.
        if (!is_terminal(status)) std::this_thread::sleep_for(std::chrono::milliseconds(500));
      }
    }
    if (!json) show_command(run_id, false);
    return status == "completed" ? exit_done : exit_run_failed;
  });
}

}  // namespace backtest
