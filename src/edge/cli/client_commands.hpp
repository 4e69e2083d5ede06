// The commands that talk to a service at BACKTEST_URL, three of which know run directories too: tables on a terminal,
// the service's JSON with --json.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "edge/cli/config_file.hpp"

namespace backtest {

struct SubmitOptions {
  ConfigSource config;
  std::optional<std::string> run_id;
  std::optional<std::string> idempotency_key;
  std::optional<int> priority;
  std::vector<std::string> tags;
  std::optional<std::string> note;
  bool watch = false;  // stay until the run has ended
  bool json = false;
};
// Errors of the config name its file, whether the service or this program found them.
int submit_command(const SubmitOptions& options);

struct ListOptions {
  std::optional<std::string> status;
  std::vector<std::string> tags;  // a run must have all of them
  std::optional<std::string> submitter, strategy, submitted_from, submitted_before;
  std::vector<std::string> bounds;  // NAME=VALUE, such as sharpe_ratio_min=1
  std::optional<std::string> sort;
  std::optional<std::string> text;
  std::optional<std::string> local;  // a directory of run directories, instead of a service
  int limit = 20;
  bool json = false;
};
int list_command(const ListOptions& options);

int cancel_command(const std::string& run_id, bool json);

// Adds tags to a run and takes others away, and sets its name and note where they are given; empty takes them away.
struct TagOptions {
  std::string run_id;
  std::vector<std::string> added, removed;
  std::optional<std::string> name, note;
  bool json = false;
};
int tag_command(const TagOptions& options);

// A run is the id of one of the service, or a directory of a run on this disk; no service is asked about the latter.
int show_command(const std::string& run, bool json);
int compare_command(const std::vector<std::string>& runs, bool json);

// Follows a run to its end. Exit status 0 when it completed, 1 when it failed or was cancelled.
int watch_command(const std::string& run_id, bool json);

// Downloads a run's artifacts into <directory>/<run_id>, each checked against the manifest's SHA-256. Nothing appears
// there unless everything is whole. `force` replaces a directory of that run which is there.
struct FetchOptions {
  std::string run_id;
  std::string directory = ".";
  bool force = false;
  bool json = false;
};
int fetch_command(const FetchOptions& options);

}  // namespace backtest
