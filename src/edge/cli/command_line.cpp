#include "edge/cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "edge/cli/access_commands.hpp"
#include "edge/cli/client_commands.hpp"
#include "edge/cli/completion.hpp"
#include "edge/cli/data_commands.hpp"
#include "edge/cli/exit_status.hpp"
#include "edge/cli/run_command.hpp"
#include "edge/cli/sample_command.hpp"
#include "edge/cli/schema_command.hpp"
#include "edge/cli/service_commands.hpp"
#include "edge/cli/version.hpp"
#include "worker/attempt_child.hpp"
#include "worker/describe_dataset.hpp"
#include "worker/starter_process.hpp"

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
  KeyOptions key;
  AuditOptions audit;
  std::string backup_directory;
  SubmitOptions submit;
  ListOptions list;
  TagOptions tag;
  std::string run_id;
  std::vector<std::string> run_ids;
  FetchOptions fetch;
  DataOptions data;
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

void add_run(CLI::App& app, RunOptions& options, const StoreKinds& kinds, int& status) {
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
    status = run_command(options, kinds);
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
    // Not app.help(), which explains the command that was parsed, and that is `help` itself.
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
  CLI::App* starter = app.add_subcommand(starter_command, "make the processes of a worker's attempts")->group("");
  starter->callback([&] { status = starter_process(); });
  CLI::App* load = app.add_subcommand("load", "read the tables of an attempt for a worker")->group("");
  load->callback([&] { status = loader_child(); });
  CLI::App* describe = app.add_subcommand("describe", "describe an upload for the service")->group("");
  describe->callback([&] { status = describe_child(); });
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

void add_access(CLI::App& app, Options& options, const StoreKinds& kinds, int& status) {
  CLI::App* key = app.add_subcommand("key", "keys of the API, kept by the run store")->require_subcommand(1);
  CLI::App* create = key->add_subcommand("create", "make a key and print it, once");
  create->add_option("NAME", options.key.name, "whose key: runs of all keys of a name have one submitter")->required();
  create->add_option("--scopes", options.key.scopes, "some of read, write and admin; default read,write");
  create->add_option("--expires-days", options.key.expires_days, "0, the default: never")->check(CLI::Range(0, 36'500));
  create->callback([&] { status = key_create_command(options.key, kinds); });
  CLI::App* list = key->add_subcommand("list", "every key there ever was, without the secrets");
  list->add_flag("--json", options.key.json, "as JSON");
  list->callback([&] { status = key_list_command(options.key, kinds); });
  CLI::App* revoke = key->add_subcommand("revoke", "no process takes the key any more");
  revoke->add_option("KEY", options.key.key_id, "its id, as `backtest key list` shows it")->required();
  revoke->callback([&] { status = key_revoke_command(options.key, kinds); });

  CLI::App* audit = app.add_subcommand("audit", "what callers did, the latest first");
  audit->add_option("--run", options.audit.run_id, "of one run, also after its removal");
  audit->add_option("--caller", options.audit.caller, "of one caller, as the audit names it");
  audit->add_option("--limit", options.audit.limit, "1 to 10000; default 50")->check(CLI::Range(1, 10'000));
  audit->add_flag("--json", options.audit.json, "as JSON");
  audit->callback([&] { status = audit_command(options.audit, kinds); });
}

CLI::App* add_client(CLI::App& app, const char* name, const char* description, Options& options) {
  CLI::App* command = app.add_subcommand(name, description)->group("Commands for the service at BACKTEST_URL");
  command->add_flag("--json", options.json, "the service's JSON");
  return command;
}

// CLI11 shows the text as an error, none where it is empty. The number behind the = is checked by the service.
std::string is_bound(const std::string& text) {
  for (const char* number : {"total_return", "sharpe_ratio", "max_drawdown"}) {
    for (const char* end : {"_min=", "_max="}) {
      if (text.starts_with(std::string(number) + end)) return {};
    }
  }
  return "must be total_return, sharpe_ratio or max_drawdown with _min or _max, such as sharpe_ratio_min=1";
}

void add_list(CLI::App& app, Options& options, int& status) {
  CLI::App* list = add_client(app, "list", "list runs, newest first or as --sort says", options);
  list->add_option("--local", options.list.local, "a directory of run directories, instead of the service");
  list->add_option("--status", options.list.status, "the state")
      ->check(CLI::IsMember({"queued", "running", "completed", "failed", "cancelled"}));
  list->add_option("--text", options.list.text, "part of a run's id or name");
  list->add_option("--tag", options.list.tags, "a tag that the runs have; repeatable")
      ->allow_extra_args(false)
      ->take_all();
  list->add_option("--submitter", options.list.submitter, "who sent the runs");
  list->add_option("--strategy", options.list.strategy, "the kind of strategy, as --json shows it");
  list->add_option("--from", options.list.submitted_from, "submitted on or after this date or UTC time");
  list->add_option("--before", options.list.submitted_before, "submitted before this date or UTC time");
  list->add_option(
          "--bound", options.list.bounds,
          "total_return, sharpe_ratio or max_drawdown with _min or _max, such as sharpe_ratio_min=1; repeatable")
      ->allow_extra_args(false)
      ->take_all()
      ->check(CLI::Validator(is_bound, "NAME=NUMBER"));
  list->add_option("--sort", options.list.sort,
                   "submitted_at, completed_at, duration, total_return, sharpe_ratio or max_drawdown; -NAME: greatest "
                   "first")
      ->check(CLI::IsMember({"submitted_at", "-submitted_at", "completed_at", "-completed_at", "duration", "-duration",
                             "total_return", "-total_return", "sharpe_ratio", "-sharpe_ratio", "max_drawdown",
                             "-max_drawdown"}));
  list->add_option("--limit", options.list.limit, "1 to 200")->check(CLI::Range(1, 200));
  list->callback([&options, &status] {
    options.list.json = options.json;
    status = list_command(options.list);
  });
}

void add_tag(CLI::App& app, Options& options, int& status) {
  CLI::App* tag = add_client(app, "tag", "change the tags, the name and the note of a run", options);
  tag->add_option("RUN_ID", options.tag.run_id, "the run")->required();
  tag->add_option("TAG", options.tag.added, "tags to add");
  tag->add_option("--remove", options.tag.removed, "a tag to take away; repeatable")
      ->allow_extra_args(false)
      ->take_all();
  tag->add_option("--name", options.tag.name, "another name; empty takes it away");
  tag->add_option("--note", options.tag.note, "another note; empty takes it away");
  tag->callback([&options, &status] {
    options.tag.json = options.json;
    status = tag_command(options.tag);
  });
}

void add_clients(CLI::App& app, Options& options, int& status) {
  CLI::App* submit = add_client(app, "submit", "submit a run", options);
  add_config(*submit, options.submit.config);
  submit->add_option("--run-id", options.submit.run_id, "name of the run; default: a new one");
  submit->add_option("--idempotency-key", options.submit.idempotency_key, "the same key gives the same run");
  submit->add_option("--priority", options.submit.priority, "higher runs first; default 0");
  submit->add_option("--tag", options.submit.tags, "a tag of the run; repeatable")->allow_extra_args(false)->take_all();
  submit->add_option("--note", options.submit.note, "a note for people");
  submit->add_flag("--watch", options.submit.watch, "stay until the run has ended");
  submit->callback([&] {
    if (options.submit.config.path.empty()) throw CLI::RequiredError("CONFIG");
    options.submit.json = options.json;
    status = submit_command(options.submit);
  });

  add_list(app, options, status);
  add_tag(app, options, status);

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

// `backtest data ...`: what the service keeps of data sets.
void add_data(CLI::App& app, Options& options, int& status) {
  CLI::App* data = add_client(app, "data", "put, list, show and remove data sets", options);
  data->require_subcommand(1);
  const auto add_one = [&](const char* name, const char* description, int (*command)(const DataOptions&)) {
    CLI::App* added = data->add_subcommand(name, description)->group("Subcommands");
    added->add_flag("--json", options.json, "the service's JSON");
    added->callback([&options, &status, command] {
      options.data.json = options.json;
      status = command(options.data);
    });
    return added;
  };
  CLI::App* put = add_one("put", "upload a CSV or Parquet file", data_put_command);
  put->add_option("FILE", options.data.file, "the file")->required();
  put->add_option("--name", options.data.dataset, "its name; default: that of the file without its ending");
  add_one("list", "list the data sets", data_list_command);
  const char* which = "the data set, as name or name@version";
  add_one("show", "describe a data set", data_show_command)
      ->add_option("NAME", options.data.dataset, which)
      ->required();
  add_one("rm", "remove a version, or all of a name", data_remove_command)
      ->add_option("NAME", options.data.dataset, which)
      ->required();
}

}  // namespace

int command_line(int argc, char** argv, const StoreKinds& kinds) {
  CLI::App app("Exact, reproducible backtests of allocation policies, alone or as a service.", "backtest");
  app.require_subcommand(1);
  app.set_version_flag("--version", version_text());
  Options options;
  int status = exit_done;
  add_run(app, options.run, kinds, status);
  add_validate(app, options.validate, status);
  add_small_commands(app, options, status);
  add_service(app, options, kinds, status);
  add_access(app, options, kinds, status);
  add_clients(app, options, status);
  add_data(app, options, status);
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
