// For tests: a PostgreSQL of their own in a temporary directory, on a Unix socket, with no network. Stopped and removed
// with the process; when run as root the server runs as `postgres`. BACKTEST_POSTGRES_BIN names another bin directory.
#pragma once

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "base/random_id.hpp"
#include "base/secret.hpp"

namespace backtest {

class PrivateCluster {
 public:
  PrivateCluster() : directory_(std::filesystem::temp_directory_path() / ("backtest-pg-" + random_hex(12))) {
    std::filesystem::create_directory(directory_);
    if (geteuid() == 0) shell("chown postgres " + directory_.string());
    server("initdb -D " + data() + " -U postgres -A trust -E UTF8 --no-sync --locale=C");
    start();
  }
  ~PrivateCluster() {
    try {
      stop("immediate");
    } catch (const std::runtime_error&) {
    }
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  PrivateCluster(const PrivateCluster&) = delete;
  PrivateCluster& operator=(const PrivateCluster&) = delete;

  void start() {
    server("pg_ctl -D " + data() + " -w -l " + (directory_ / "log").string() +
           " -o '-c listen_addresses= -c unix_socket_directories=" + directory_.string() +
           " -c fsync=off -c max_connections=200 -c max_wal_size=4GB' start");
  }
  void stop(const std::string& mode) { server("pg_ctl -D " + data() + " -w -m " + mode + " stop"); }

  std::string dsn(const std::string& database = "postgres", const std::string& user = "postgres") const {
    return "host=" + directory_.string() + " dbname=" + database + " user=" + user;
  }
  // A new, empty database.
  std::string create_database() {
    const std::string name = "d" + random_hex(12);
    server("createdb -h " + directory_.string() + " -U postgres " + name);
    return name;
  }
  const std::filesystem::path& directory() const { return directory_; }

  // One for the whole test executable.
  static PrivateCluster& shared() {
    static PrivateCluster cluster;
    return cluster;
  }

 private:
  std::string data() const { return (directory_ / "data").string(); }
  static void shell(const std::string& command) {
    if (std::system((command + " >/dev/null 2>&1").c_str()) != 0) throw std::runtime_error("failed: " + command);
  }
  static void server(const std::string& command) {
    const char* bin = std::getenv("BACKTEST_POSTGRES_BIN");
    const std::string full = std::string(bin ? bin : "/usr/lib/postgresql/15/bin") + "/" + command;
    shell(geteuid() == 0 ? "cd / && setpriv --reuid=postgres --regid=postgres --clear-groups " + full : full);
  }

  const std::filesystem::path directory_;
};

}  // namespace backtest
