#include "edge/cli/completion.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

namespace backtest {

namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); });
}

// The words that an option takes, such as "auto plain none". CLI11 writes them into the option's type, in braces.
std::string words_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t open = type.find('{');
  const std::size_t close = type.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return "";
  std::string words = type.substr(open + 1, close - open - 1);
  for (char& c : words) {
    if (c == ',') c = ' ';
  }
  return words;
}

void append(std::string& words, std::string_view more) {
  if (more.empty()) return;
  if (!words.empty()) words += ' ';
  words += more;
}

std::string command_names(const CLI::App& app) {
  std::string names;
  for (const CLI::App* command : commands_of(app)) append(names, command->get_name());
  return names;
}

void append_command(const CLI::App& app, const CLI::App& command, std::string& values, std::string& cases) {
  std::string options;
  std::string arguments = command.get_name() == "help" ? command_names(app) : command_names(command);
  // A command that groups others, such as `key`, completes the options of all of them.
  std::vector<const CLI::App*> parts = commands_of(command);
  if (parts.empty()) parts = {&command};
  for (const CLI::App* part : parts) {
    for (const CLI::Option* option : part->get_options()) {
      const std::string words = words_of(*option);
      if (option->get_positional()) append(arguments, words);
      for (const std::string& name : option->get_lnames()) {
        const bool is_known = (" " + options + " ").contains(" --" + name + " ");
        if (!is_known) append(options, "--" + name);
        if (words.empty()) continue;
        values += fmt::format("      \"{} --{}\") words=\"{}\" ;;\n", command.get_name(), name, words);
      }
    }
  }
  cases += fmt::format("      {}) options=\"{}\" words=\"{}\" ;;\n", command.get_name(), options, arguments);
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
  std::string values;
  std::string cases;
  for (const CLI::App* command : commands_of(app)) append_command(app, *command, values, cases);
  return fmt::format(
      R"(# bash completion for backtest, as `backtest completion` prints it
_backtest() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}} options="" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="{0}"
  else
    case "${{COMP_WORDS[1]}}" in
{1}    esac
    [[ $current != -* ]] || words=$options
    case "${{COMP_WORDS[1]}} $previous" in
{2}    esac
  fi
  if [ -n "$words" ]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}}
complete -o filenames -F _backtest backtest
)",
      command_names(app), cases, values);
}

}  // namespace backtest
