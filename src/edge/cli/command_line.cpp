#include "edge/cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "edge/cli/client_commands.hpp"
#include "edge/cli/completion.hpp"
#include "edge/cli/exit_status.hpp"
#include "edge/cli/run_command.hpp"
#include "edge/cli/sample_command.hpp"
#include "edge/cli/schema_command.hpp"
#include "edge/cli/service_commands.hpp"
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
  ServeOptions serve;
  MigrateOptions migrate;
  GcOptions gc;
  std::string backup_directory;
  SubmitOptions submit;
  ListOptions list;
  std::string run_id;
  std::vector<std::string> run_ids;
  FetchOptions fetch;
  std::string help_command;
  bool json = false;
};

void add_config(CLI::App& command, ConfigSource& config) {
  auto* positional = command.add_option("CONFIG", config.path, "the config, YAML or JSON; - is standard input");
  auto* option = command.add_option("-c,--config", config.path, "the same, as an option");
  positional->excludes(option);
  command
      .add_option("--set", config.overrides,
                  "PATH=VALUE on top of the config, such as broker.commission=0.001; repeatable")
      ->allow_extra_args(false)
      ->take_all();
  command.add_flag("!--no-strict", config.strict, "unknown keys are warnings");
}

void add_run(CLI::App& app, RunOptions& options, int& status) {
  CLI::App* run = app.add_subcommand("run", "run one backtest here and write its artifacts");
  add_config(*run, options.config);
  run->add_option("--run-id", options.run_id, "name of the run and of its directory; default: a new one");
  run->add_option("--output-dir", options.output_dir, "directory of runs; default: output.local_dir of the config");
  const std::map<std::string, ProgressStyle> styles{
      {"auto", ProgressStyle::automatic}, {"plain", ProgressStyle::plain}, {"none", ProgressStyle::none}};
  run->add_option_function<std::string>(
         "--progress", [&options, styles](const std::string& word) { options.progress = styles.at(word); },
         "auto, plain or none")
      ->check(CLI::IsMember({"auto", "plain", "none"}));
  run->add_flag("--quiet", options.quiet, "no progress and no summary; errors and --json remain");
  run->add_flag("--json", options.json, "one JSON object on standard output");
  run->callback([&] {
    if (options.config.path.empty()) throw CLI::RequiredError("CONFIG");
    status = run_command(options);
  });
}

void add_validate(CLI::App& app, ValidateOptions& options, int& status) {
  CLI::App* validate = app.add_subcommand("validate", "check a config without reading data");
  add_config(*validate, options.config);
  validate->add_flag("--json", options.json, "the findings as JSON");
  validate->callback([&] {
    if (options.config.path.empty()) throw CLI::RequiredError("CONFIG");
    status = validate_command(options);
  });
}

int help_command(const CLI::App& app, const std::string& name) {
  if (name.empty()) {
    // app.help() would explain the command that was parsed: this one.
    std::fputs(app.get_formatter()->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal).c_str(), stdout);
    return exit_done;
  }
  const auto commands = app.get_subcommands(
      [&](const CLI::App* command) { return command->check_name(name) && !command->get_group().empty(); });
  if (commands.empty()) {
    std::fprintf(stderr, "'%s' is not a command; backtest help lists them\n", name.c_str());
    return exit_invalid_input;
  }
  std::fputs(commands.front()->help("backtest").c_str(), stdout);
  return exit_done;
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

  const auto add_text = [&](const char* name, const char* description, std::string (*text)(const CLI::App&)) {
    app.add_subcommand(name, description)->callback([&app, &status, text] {
      std::fputs(text(app).c_str(), stdout);
      status = exit_done;
    });
  };
  add_text("completion", "print what bash needs to complete commands", bash_completion);
  add_text("manual", "print the manual page, for man -l", manual_page);

  CLI::App* help = app.add_subcommand("help", "explain a command");
  help->add_option("COMMAND", options.help_command, "the command; default: all of them");
  help->callback([&app, &options, &status] { status = help_command(app, options.help_command); });

  CLI::App* attempt = app.add_subcommand("attempt", "execute one attempt for a worker")->group("");
  attempt->callback([&] { status = attempt_child(); });
}

void add_service(CLI::App& app, Options& options, const StoreKinds& kinds, int& status) {
  CLI::App* serve = app.add_subcommand("serve", "the service: HTTP, run store, workers");
  serve->add_flag("--print-config", options.serve.print_config, "show the effective settings, secrets masked");
  serve->callback([&] { status = serve_command(options.serve, kinds); });

  CLI::App* worker = app.add_subcommand("worker", "workers only, for a run store that others share");
  worker->add_flag("--print-config", options.serve.print_config, "show the effective settings, secrets masked");
  worker->callback([&] {
    options.serve.role = Role::worker;
    status = serve_command(options.serve, kinds);
  });

  CLI::App* check = app.add_subcommand("check", "check settings, run store, output directory, disk and clock");
  check->callback([&] { status = check_command(kinds); });

  CLI::App* gc = app.add_subcommand("gc", "remove runs past retention and what lost attempts left");
  gc->add_flag("--dry-run", options.gc.is_dry_run, "say what would be removed, change nothing");
  gc->callback([&] { status = gc_command(options.gc, kinds); });

  CLI::App* backup = app.add_subcommand("backup", "copy run store and artifacts, as one whole, while the service runs");
  backup->add_option("DIR", options.backup_directory, "a directory that does not exist yet")->required();
  backup->callback([&] { status = backup_command(options.backup_directory, kinds); });

  CLI::App* restore = app.add_subcommand("restore", "put a backup back, where no run store and no artifacts are");
  restore->add_option("DIR", options.backup_directory, "what `backtest backup` wrote")->required();
  restore->callback([&] { status = restore_command(options.backup_directory, kinds); });

  CLI::App* migrate = app.add_subcommand("migrate", "the PostgreSQL schema: a gate before deployment");
  migrate->add_option("ACTION", options.migrate.action, "up, status, check, plan, adopt or release")
      ->required()
      ->check(CLI::IsMember({"up", "status", "check", "plan", "adopt", "release"}));
  migrate->add_flag("--old-stopped", options.migrate.old_stopped, "adopt: also runs that the stopped old service ran");
  migrate->add_flag("--fail-live", options.migrate.fail_live, "release: runs that are queued or running end as failed");
  migrate->callback([&] { status = schema_migration_command(options.migrate, kinds); });
}

CLI::App* add_client(CLI::App& app, const char* name, const char* description, Options& options) {
  CLI::App* command = app.add_subcommand(name, description)->group("Commands for the service at BACKTEST_URL");
  command->add_flag("--json", options.json, "the service's JSON");
  return command;
}

void add_clients(CLI::App& app, Options& options, int& status) {
  CLI::App* submit = add_client(app, "submit", "submit a run", options);
  add_config(*submit, options.submit.config);
  submit->add_option("--run-id", options.submit.run_id, "name of the run; default: a new one");
  submit->add_option("--idempotency-key", options.submit.idempotency_key, "the same key gives the same run");
  submit->add_option("--priority", options.submit.priority, "higher runs first; default 0");
  submit->add_flag("--watch", options.submit.watch, "stay until the run has ended");
  submit->callback([&] {
    if (options.submit.config.path.empty()) throw CLI::RequiredError("CONFIG");
    options.submit.json = options.json;
    status = submit_command(options.submit);
  });

  CLI::App* list = add_client(app, "list", "list runs, newest first", options);
  list->add_option("--local", options.list.local, "a directory of run directories, instead of the service");
  list->add_option("--status", options.list.status, "the state")
      ->check(CLI::IsMember({"queued", "running", "completed", "failed", "cancelled"}));
  list->add_option("--text", options.list.text, "part of a run's id or name");
  list->add_option("--limit", options.list.limit, "1 to 200")->check(CLI::Range(1, 200));
  list->callback([&] {
    options.list.json = options.json;
    status = list_command(options.list);
  });

  using Command = int (*)(const std::string&, bool);
  const auto add_one = [&](const char* name, const char* description, Command command) {
    CLI::App* added = add_client(app, name, description, options);
    added->add_option("RUN_ID", options.run_id, "the run")->required();
    added->callback([&options, &status, command] { status = command(options.run_id, options.json); });
  };
  add_one("show", "show a run; RUN_ID may be a run directory", show_command);
  add_one("watch", "follow a run to its end", watch_command);
  add_one("cancel", "cancel a run", cancel_command);

  CLI::App* fetch = add_client(app, "fetch", "download a run's artifacts, checked against their manifest", options);
  fetch->add_option("RUN_ID", options.fetch.run_id, "the run")->required();
  fetch->add_option("--output-dir", options.fetch.directory, "where <RUN_ID>/ is made; default: here");
  fetch->add_flag("--force", options.fetch.force, "replace the run's directory where it is there already");
  fetch->callback([&] {
    options.fetch.json = options.json;
    status = fetch_command(options.fetch);
  });

  CLI::App* compare =
      add_client(app, "compare", "compare runs and their configs; RUN_ID may be a run directory", options);
  compare->add_option("RUN_ID", options.run_ids, "the runs")->required()->expected(2, 20);
  compare->callback([&] { status = compare_command(options.run_ids, options.json); });
}

}  // namespace

int command_line(int argc, char** argv, const StoreKinds& kinds) {
  CLI::App app("Exact, reproducible backtests of allocation policies, alone or as a service.", "backtest");
  app.require_subcommand(1);
  app.set_version_flag("--version", version_text());
  Options options;
  int status = exit_done;
  add_run(app, options.run, status);
  add_validate(app, options.validate, status);
  add_small_commands(app, options, status);
  add_service(app, options, kinds, status);
  add_clients(app, options, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const auto is_first = [&](const CLI::App* command) { return argc > 1 && command->check_name(argv[1]); };
    const bool is_named = argc > 1 && argv[1][0] != '-';
    if (is_named && app.get_subcommands(is_first).empty()) std::fprintf(stderr, "'%s' is not a command\n", argv[1]);
    // CLI11 prints help to standard output (status 0) and errors to standard error.
    return app.exit(error) == 0 ? exit_done : exit_invalid_input;
  }
  return status;
}

}  // namespace backtest
