#include "run_store/postgres/database_dump.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/diagnostic.hpp"
#include "postgres/connection.hpp"
#include "postgres/libpq.hpp"

namespace backtest {

namespace {

// A DSN as the variables that libpq's programs read: on a command line it would be seen by everybody on the host.
struct ProgramEnvironment {
  explicit ProgramEnvironment(const Secret& dsn) {
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
        libpq().PQconninfoParse(std::string(dsn.reveal()).c_str(), nullptr), libpq().PQconninfoFree);
    if (!options) throw std::invalid_argument("the PostgreSQL DSN cannot be parsed");
    for (const char* name : {"PATH", "HOME", "PGPASSFILE"}) {
      if (const char* value = std::getenv(name)) variables.push_back(std::string(name) + "=" + value);
    }
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
      if (option->val == nullptr || *option->val == '\0') continue;
      if (option->envvar != nullptr) variables.push_back(std::string(option->envvar) + "=" + option->val);
      if (std::string_view(option->keyword) == "dbname") database = option->val;
    }
  }

  std::vector<std::string> variables;
  std::string database;
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

void run_program(std::vector<std::string> words, ProgramEnvironment& environment) {
  pid_t child = 0;
  const int error = posix_spawnp(&child, words[0].c_str(), nullptr, nullptr, pointers(words).data(),
                                 pointers(environment.variables).data());
  if (error != 0) {
    throw std::runtime_error(words[0] + " cannot be started (" + std::generic_category().message(error) +
                             "); it comes with the PostgreSQL client programs");
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw std::runtime_error(words[0] + " failed; see its message above");
}

}  // namespace

void dump_database(const Secret& dsn, const std::filesystem::path& file) {
  ProgramEnvironment environment(dsn);
  run_program({"pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--file=" + file.string()}, environment);
}

void restore_database(const Secret& dsn, const std::filesystem::path& file) {
  {
    PostgresConnection connection(ConnectionString(dsn), PostgresTimeouts{});
    if (!connection.run("select to_regnamespace('backtest')").is_null(0, 0)) {
      throw InvalidInput(Diagnostic{.path = "BACKTEST_MIGRATE_DSN",
                                    .message = "names a database that holds runs already; name an empty one"});
    }
  }
  ProgramEnvironment environment(dsn);
  run_program({"pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges",
               "--dbname=" + environment.database, file.string()},
              environment);
}

}  // namespace backtest
