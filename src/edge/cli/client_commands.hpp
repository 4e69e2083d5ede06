// The commands that talk to a service at BACKTEST_URL: tables on a terminal, the service's JSON with --json.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace backtest {

struct SubmitOptions {
  std::string config;
  std::optional<std::string> run_id;
  std::optional<std::string> idempotency_key;
  std::optional<int> priority;
  bool strict = true;
  bool watch = false;  // stay until the run has ended
  bool json = false;
};
int submit_command(const SubmitOptions& options);

struct ListOptions {
  std::optional<std::string> status;
  std::optional<std::string> text;
  int limit = 20;
  bool json = false;
};
int list_command(const ListOptions& options);

int show_command(const std::string& run_id, bool json);
int cancel_command(const std::string& run_id, bool json);
int compare_command(const std::vector<std::string>& run_ids, bool json);

// Follows a run to its end. Exit status 0 when it completed, 1 when it failed or was cancelled.
int watch_command(const std::string& run_id, bool json);

// Downloads a run's artifacts into <directory>/<run_id>, each checked against the manifest's SHA-256. Nothing appears
// there unless everything is whole.
int fetch_command(const std::string& run_id, const std::string& directory, bool json);

}  // namespace backtest
