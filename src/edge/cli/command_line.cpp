#include "edge/cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <string>

#include "edge/cli/exit_status.hpp"
#include "edge/cli/run_command.hpp"
#include "edge/cli/sample_command.hpp"
#include "edge/cli/schema_command.hpp"
#include "edge/cli/version.hpp"
#include "worker/attempt_child.hpp"

namespace backtest {

namespace {

// Options of every command; CLI11 writes into them, so they outlive the parse.
struct Options {
  RunOptions run;
  ValidateOptions validate;
  std::string sample_directory;
  bool schema_as_markdown = false;
};

void add_config(CLI::App& command, std::string& config) {
  auto* positional = command.add_option("CONFIG", config, "the config, YAML or JSON");
  auto* option = command.add_option("-c,--config", config, "the same, as an option");
  positional->excludes(option);
}

void add_run(CLI::App& app, RunOptions& options, int& status) {
  CLI::App* run = app.add_subcommand("run", "run one backtest here and write its artifacts");
  add_config(*run, options.config);
  run->add_option("--run-id", options.run_id, "name of the run and of its directory; default: a new one");
  run->add_option("--output-dir", options.output_dir, "directory of runs; default: output.local_dir of the config");
  run->add_flag("!--no-strict", options.strict, "unknown keys are warnings");
  const std::map<std::string, ProgressStyle> styles{
      {"auto", ProgressStyle::automatic}, {"plain", ProgressStyle::plain}, {"none", ProgressStyle::none}};
  run->add_option("--progress", options.progress, "auto, plain or none")->transform(CLI::CheckedTransformer(styles));
  run->add_flag("--quiet", options.quiet, "no progress and no summary; errors and --json remain");
  run->add_flag("--json", options.json, "one JSON object on standard output");
  run->callback([&] {
    if (options.config.empty()) throw CLI::RequiredError("CONFIG");
    status = run_command(options);
  });
}

void add_validate(CLI::App& app, ValidateOptions& options, int& status) {
  CLI::App* validate = app.add_subcommand("validate", "check a config without reading data");
  add_config(*validate, options.config);
  validate->add_flag("!--no-strict", options.strict, "unknown keys are warnings");
  validate->add_flag("--json", options.json, "the findings as JSON");
  validate->callback([&] {
    if (options.config.empty()) throw CLI::RequiredError("CONFIG");
    status = validate_command(options);
  });
}

void add_small_commands(CLI::App& app, Options& options, int& status) {
  CLI::App* sample = app.add_subcommand("sample", "write a synthetic market and configs to try");
  sample->add_option("DIR", options.sample_directory, "a directory that does not exist yet")->required();
  sample->callback([&] { status = sample_command(options.sample_directory); });

  CLI::App* schema = app.add_subcommand("schema", "the config's JSON Schema");
  schema->add_flag("--markdown", options.schema_as_markdown, "as documentation");
  schema->callback([&] { status = schema_command(options.schema_as_markdown); });

  CLI::App* version = app.add_subcommand("version", "print the version");
  version->callback([&] {
    std::fputs(version_text().c_str(), stdout);
    status = exit_done;
  });

  CLI::App* attempt = app.add_subcommand("attempt", "execute one attempt for a worker")->group("");
  attempt->callback([&] { status = attempt_child(); });
}

}  // namespace

int command_line(int argc, char** argv, const Adapters& adapters) {
  CLI::App app("Exact, reproducible backtests of allocation policies, alone or as a service.", "backtest");
  app.require_subcommand(1);
  app.set_version_flag("--version", version_text());
  Options options;
  int status = exit_done;
  (void)adapters;
  add_run(app, options.run, status);
  add_validate(app, options.validate, status);
  add_small_commands(app, options, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 prints help to standard output (status 0) and errors to standard error.
    return app.exit(error) == 0 ? exit_done : exit_invalid_input;
  }
  return status;
}

}  // namespace backtest
