#include "edge/cli/run_command.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "artifact_store/manifest_file.hpp"
#include "base/json.hpp"
#include "base/random_id.hpp"
#include "base/run_heap.hpp"
#include "base/run_id.hpp"
#include "base/utc_time.hpp"
#include "base/warning_list.hpp"
#include "edge/cli/exit_status.hpp"
#include "edge/cli/run_directory.hpp"
#include "edge/cli/summary_text.hpp"
#include "execute/execute.hpp"
#include "settings/parse_settings.hpp"

namespace backtest {

namespace {

std::atomic<bool> interrupted = false;

void on_signal(int) {
  interrupted.store(true);
}

void watch_signals() {
  struct sigaction action{};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // a second Ctrl-C ends the process at once
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

json::array warning_texts(const std::vector<Diagnostic>& warnings) {
  json::array texts;
  for (const Diagnostic& warning : warnings) texts.emplace_back(warning.text());
  return texts;
}

void print_json(const ExecuteResult& result, const std::string& run_id, const std::string& output_dir,
                const RunUpload* upload) {
  json::object object;
  object["run_id"] = run_id;
  object["output_dir"] = output_dir;
  if (upload) object["uploaded_to"] = upload->place();
  object["summary"] = result.report.summary;
  object["warnings"] = result.report.summary.at("warnings");
  object["timings"] = {{"load_s", result.timings.load_s},
                       {"simulate_s", result.timings.simulate_s},
                       {"report_s", result.timings.report_s},
                       {"total_s", result.timings.total_s},
                       {"peak_rss_bytes", result.timings.peak_rss_bytes}};
  fmt::print("{}\n", json_text(object, JsonLayout::indented));
}

std::string checked_run_id(const RunOptions& options) {
  if (!options.run_id) return new_run_id(utc_today());
  if (!valid_run_id(*options.run_id)) {
    throw InvalidInput(Diagnostic{
        .path = "--run-id",
        .message =
            "'" + *options.run_id +
            "' is not a run id: 1 to 64 letters, digits, '_' or '-', the first a letter or digit, and not one of "
            "the words that name pages (compare, validate, runs)"});
  }
  return *options.run_id;
}

// Unlike the service, a command has no list of allowed tables: it may read whatever the role of its DSN may.
DataAccess data_access(const Spec& spec) {
  DataAccess access;
  if (!is_remote(spec)) return access;
  const Environment environment = process_environment();
  const DataSettings settings = parse_data_settings(environment);
  if (!settings.postgres_dsn.empty()) {
    access.sql = {
        .dsn = settings.postgres_dsn, .allowed_tables = std::nullopt, .statement_timeout = settings.postgres_timeout};
  }
  access.storage = parse_storage_settings(environment);
  return access;
}

// Null where the config has no output.adls_dir.
std::unique_ptr<RunUpload> prepared_upload(const Spec& spec, const std::string& run_id, const Settings& settings,
                                           const StoreKinds& kinds) {
  if (!spec.output.adls_dir) return nullptr;
  for (const ArtifactStoreKind& kind : kinds.artifact_stores) {
    if (kind.prepare_upload) return kind.prepare_upload(settings, *spec.output.adls_dir, run_id);
  }
  throw InvalidInput(
      Diagnostic{.path = "output.adls_dir", .message = "names a place that no store of this build knows"});
}

void upload_run(RunUpload& upload, const std::filesystem::path& directory) {
  try {
    upload.upload(directory);
  } catch (const UploadFailed& error) {
    throw std::runtime_error("its artifacts are in " + directory.string() + ", but could not be uploaded to " +
                             upload.place() + ": " + error.what());
  }
}

int run(const RunOptions& options, const StoreKinds& kinds) {
  const std::string run_id = checked_run_id(options);
  const Spec spec = read_config(options.config);
  Settings settings;
  if (spec.output.adls_dir) settings = parse_settings(process_environment(), Role::maintenance, kinds.choices());
  const std::unique_ptr<RunUpload> upload = prepared_upload(spec, run_id, settings, kinds);
  RunDirectory directory(options.output_dir.value_or(spec.output.local_dir), run_id);
  ProgressLine progress(options.quiet ? ProgressStyle::none : options.progress, isatty(STDERR_FILENO) != 0);

  ExecuteRequest request;
  request.report = {.run_id = run_id, .directory = directory.writing(), .submitted_at = utc_text(utc_now())};
  request.load.access = data_access(spec);
  request.on_progress = [&](const Progress& at) { progress.show(at); };
  request.stop_requested = [] { return interrupted.load(); };
  const ExecuteResult result = execute_run(spec, request);
  if (interrupted.load()) throw Interrupted();
  write_manifest(directory.writing(),
                 {.run_id = run_id, .uploaded_at = request.report.submitted_at, .container = {}, .prefix = run_id});
  directory.publish();
  if (upload) upload_run(*upload, directory.final_path());
  progress.clear();

  const std::string output_dir = directory.final_path().string();
  try {
    if (options.json) {
      print_json(result, run_id, output_dir, upload.get());
    } else if (!options.quiet) {
      fmt::print("{}", summary_text(result, output_dir));
      if (upload) fmt::print("  uploaded to  {}\n", upload->place());
    }
    if (std::fflush(stdout) != 0) throw std::system_error(errno, std::generic_category());
  } catch (const std::system_error&) {  // of any print above: each may be the one that empties the buffer
    throw std::runtime_error("its artifacts are in " + output_dir + ", but standard output cannot be written");
  }
  return exit_done;
}

}  // namespace

int run_command(const RunOptions& options, const StoreKinds& kinds) {
  watch_signals();
  use_run_heap();
  try {
    return run(options, kinds);
  } catch (const InvalidInput& error) {
    fmt::print(stderr, "{}\n", error.what());
    return exit_invalid_input;
  } catch (const Interrupted&) {
    fmt::print(stderr, "interrupted: the run was stopped and nothing was written\n");
    return exit_interrupted;
  } catch (const std::exception& error) {
    fmt::print(stderr, "the run failed: {}\n", error.what());
    return exit_run_failed;
  }
}

int validate_command(const ValidateOptions& options) {
  try {
    const Spec spec = read_config(options.config);
    if (options.json) {
      json::object object;
      object["valid"] = true;
      object["config_sha256"] = spec.config_sha256;
      object["warnings"] = warning_texts(by_importance(spec.warnings));
      fmt::print("{}\n", json_text(object, JsonLayout::indented));
    } else {
      for (const std::string& warning : folded(spec.warnings)) fmt::print(stderr, "warning: {}\n", warning);
      fmt::print("{}: valid, config {}\n", options.config.name(), spec.config_sha256.substr(0, 16));
    }
    return exit_done;
  } catch (const InvalidInput& error) {
    if (options.json) {
      json::object object;
      object["valid"] = false;
      object["errors"] = warning_texts(error.diagnostics());
      fmt::print("{}\n", json_text(object, JsonLayout::indented));
    }
    fmt::print(stderr, "{}\n", error.what());
    return exit_invalid_input;
  }
}

}  // namespace backtest
