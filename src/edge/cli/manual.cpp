#include <fmt/format.h>

#include <string>
#include <string_view>

#include "edge/cli/completion.hpp"

namespace backtest {

namespace {

constexpr std::string_view beginning = R"(.TH BACKTEST 1
.SH NAME
backtest \- exact, reproducible backtests of allocation policies
.SH SYNOPSIS
.B backtest
.I COMMAND
[\fIOPTIONS\fR]
.SH DESCRIPTION
Turns a policy (YAML or JSON) and market data into a ledger of fills, cash and NAV, with metrics and artifacts; alone
(\fBbacktest run\fR) or as a service (\fBbacktest serve\fR) with durable runs.
.SH COMMANDS
)";

constexpr std::string_view ending = R"(.SH ENVIRONMENT
The commands that talk to a service:
.TP
.B BACKTEST_URL
the service; http://127.0.0.1:8000 where it is unset.
.TP
.BR BACKTEST_API_KEY ", " BACKTEST_API_KEY_HEADER ", " BACKTEST_TOKEN
what they show it: a key and the header it is sent in (X-API-Key), or a bearer token.
.PP
serve, worker, check, gc and migrate read their settings from the environment; \fBbacktest serve \-\-print-config\fR
shows what is in force. Where things are:
.BR BACKTEST_LISTEN ", " BACKTEST_METRICS_LISTEN ", " BACKTEST_OUTPUT_DIR ", " BACKTEST_OUTPUT_SHARED ", "
.BR BACKTEST_RUN_STORE_MODE ", " BACKTEST_DB_PATH ", " BACKTEST_POSTGRES_DSN ", " BACKTEST_POSTGRES_DIRECT_DSN ", "
.BR BACKTEST_MIGRATE_DSN .
Who may call and what may be read:
.BR BACKTEST_AUTH_MODE ", " BACKTEST_ALLOW_ANONYMOUS ", " BACKTEST_OIDC_ISSUER ", " BACKTEST_OIDC_AUDIENCE ", "
.BR BACKTEST_ALLOW_LOCAL_DATA ", " BACKTEST_ALLOWED_DATA_DIRS .
How much at once:
.BR BACKTEST_MAX_CONCURRENT ", " BACKTEST_QUEUE_LIMIT ", " BACKTEST_RUN_TIMEOUT_SECONDS ", " BACKTEST_RUN_MEMORY_MB .
All of them, with their defaults, are in /usr/share/doc/backtest/docs/operations.md.
.SH EXIT STATUS
.TP
.B 0
done
.TP
.B 1
the run failed, or the service did not answer
.TP
.B 2
the config, the data, the settings or the command line are wrong
.TP
.B 130
interrupted
.SH FILES
.TP
.I /usr/share/doc/backtest
every key of a config (docs/config.md), every file and number of a result (docs/artifacts.md, docs/metrics.md), the
rules by which a run is made (docs/rules), the HTTP API (docs/http.md), settings and upkeep (docs/operations.md).
)";

// troff would read a backslash as the beginning of a command, and print a plain `-` as a typographic hyphen, which no
// shell understands.
std::string troff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string option_names(const CLI::Option& option) {
  std::string names;
  for (const std::string& name : option.get_snames()) names += (names.empty() ? "-" : ", -") + name;
  for (const std::string& name : option.get_lnames()) names += (names.empty() ? "--" : ", --") + name;
  return names;
}

// A command that only groups others, such as `key`, is left out: `key create` and the others are told instead.
void append_command(const CLI::App& command, const std::string& name, std::string& page) {
  const auto parts = command.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* part : parts) append_command(*part, name + " " + part->get_name(), page);
  if (!parts.empty()) return;
  std::string arguments;
  std::string options;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional()) arguments += " \\fI" + troff(option->get_name(true)) + "\\fR";
    const std::string names = option_names(*option);
    if (names.empty() || names == "-h, --help") continue;
    options += fmt::format(".br\n\\fB{}\\fR: {}\n", troff(names), troff(option->get_description()));
  }
  page += fmt::format(".TP\n\\fB{}\\fR{}\n{}.\n{}", troff(name), arguments, troff(command.get_description()), options);
}

}  // namespace

std::string manual_page(const CLI::App& app) {
  std::string page(beginning);
  for (const CLI::App* command : app.get_subcommands([](const CLI::App* c) { return !c->get_group().empty(); })) {
    append_command(*command, command->get_name(), page);
  }
  page += ending;
  return page;
}

}  // namespace backtest
