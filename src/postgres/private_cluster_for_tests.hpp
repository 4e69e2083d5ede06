// For tests: a PostgreSQL of their own in a temporary directory, on a Unix socket, with no network. Stopped and removed
// with the process; when run as root the server runs as `postgres`. BACKTEST_POSTGRES_BIN names another bin directory.
#pragma once

#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "base/random_id.hpp"
#include "base/secret.hpp"

namespace backtest {

class PrivateCluster {
 public:
  // `settings`: further options of the server's command line. `place`: where its directory is made; where nothing is
  // synced, memory is as good as a disk.
  explicit PrivateCluster(std::string settings = "-c fsync=off", const std::filesystem::path& place = in_memory())
      : directory_(place / ("backtest-pg-" + random_hex(12))), settings_(std::move(settings)) {
    make_own(directory_);
    as_server("cp -a " + initialised().string() + " " + data());
    start();
  }
  ~PrivateCluster() {
    int pooler = 0;
    if (std::ifstream(directory_ / "pgbouncer.pid") >> pooler) kill(pooler, SIGTERM);
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
           " -c max_connections=200 -c max_wal_size=1GB " + settings_ + "' start");
  }
  void stop(const std::string& mode) { server("pg_ctl -D " + data() + " -w -m " + mode + " stop"); }

  std::string dsn(const std::string& database = "postgres", const std::string& user = "postgres") const {
    return "host=" + directory_.string() + " dbname=" + database + " user=" + user;
  }
  // A new database: empty, or a copy of one that nobody is connected to.
  std::string create_database(const std::string& copied = "template1") {
    const std::string name = "d" + random_hex(12);
    as_server("createdb -h " + directory_.string() + " -U postgres -T " + copied + " " + name);
    return name;
  }
  const std::filesystem::path& directory() const { return directory_; }

  // A PgBouncer in transaction mode before it, with few server connections. The DSN of a database through it.
  std::string pooled_dsn(const std::string& database) {
    const std::string at = directory_.string();
    if (!has_pooler_) {
      std::ofstream(at + "/users") << "\"postgres\" \"\"\n";
      std::ofstream(at + "/pgbouncer.ini")
          << "[databases]\n* = host=" << at << " port=5432\n[pgbouncer]\nlisten_addr =\n"
          << "unix_socket_dir = " << at << "\nlisten_port = 6432\nauth_type = trust\n"
          << "auth_file = " << at << "/users\npool_mode = transaction\n"
          << "default_pool_size = 3\npidfile = " << at << "/pgbouncer.pid\nlogfile = " << at << "/pgbouncer.log\n";
      as_server("/usr/sbin/pgbouncer -d " + at + "/pgbouncer.ini");
      for (int tries = 0; !std::filesystem::exists(at + "/.s.PGSQL.6432"); ++tries) {
        if (tries == 100) throw std::runtime_error("PgBouncer did not start: see " + at + "/pgbouncer.log");
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      }
      has_pooler_ = true;
    }
    return "host=" + at + " port=6432 dbname=" + database + " user=postgres";
  }

  // One for the whole test executable.
  static PrivateCluster& shared() {
    static PrivateCluster cluster;
    return cluster;
  }

 private:
  // A hundred databases are written and removed here. On a disk that took longer than the tests themselves.
  static std::filesystem::path in_memory() {
    constexpr std::uintmax_t enough_bytes = 4ULL << 30;
    std::error_code ignored;
    const std::filesystem::space_info memory = std::filesystem::space("/dev/shm", ignored);
    return !ignored && memory.available >= enough_bytes ? "/dev/shm" : std::filesystem::temp_directory_path();
  }
  static void make_own(const std::filesystem::path& directory) {
    std::filesystem::create_directory(directory);
    if (geteuid() == 0) shell("chown postgres " + directory.string());
  }
  // Files of a new cluster, made once for the whole test executable: a copy costs a tenth of it.
  static std::filesystem::path initialised() {
    struct Files {
      const std::filesystem::path directory = in_memory() / ("backtest-pg-" + random_hex(12));
      Files() {
        make_own(directory);
        server("initdb -D " + (directory / "data").string() + " -U postgres -A trust -E UTF8 --no-sync --locale=C");
      }
      ~Files() {
        std::error_code ignored;
        std::filesystem::remove_all(directory, ignored);
      }
    };
    static const Files files;
    return files.directory / "data";
  }
  std::string data() const { return (directory_ / "data").string(); }
  static void shell(const std::string& command) {
    if (std::system((command + " >/dev/null 2>&1").c_str()) != 0) throw std::runtime_error("failed: " + command);
  }
  static void server(const std::string& command) {
    const char* bin = std::getenv("BACKTEST_POSTGRES_BIN");
    as_server(std::string(bin ? bin : "/usr/lib/postgresql/15/bin") + "/" + command);
  }
  static void as_server(const std::string& command) {
    shell(geteuid() == 0 ? "cd / && setpriv --reuid=postgres --regid=postgres --clear-groups " + command : command);
  }

  const std::filesystem::path directory_;
  const std::string settings_;
  bool has_pooler_ = false;
};

}  // namespace backtest
