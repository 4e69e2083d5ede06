#include "worker/file_rules.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace backtest {

namespace {

// By number: headers of older systems have the first of them only.
constexpr long create_ruleset_call = 444, add_rule_call = 445, restrict_self_call = 446;
constexpr std::uint32_t ask_version = 1;
constexpr int rule_path_beneath = 1;

namespace access {
constexpr std::uint64_t write_file = 1u << 1, read_file = 1u << 2, read_dir = 1u << 3, remove_file = 1u << 5,
                        make_dir = 1u << 7, make_file = 1u << 8, refer = 1u << 13, truncate = 1u << 14,
                        device_commands = 1u << 15;
constexpr std::uint64_t of_first_version = (1u << 13) - 1;
constexpr std::uint64_t reading = read_file | read_dir;
constexpr std::uint64_t of_files = write_file | read_file | truncate;
}  // namespace access

struct Ruleset {
  std::uint64_t files;
  std::uint64_t network;  // version 4: bind and connect
  std::uint64_t scopes;   // version 6: abstract sockets and signals
};

struct [[gnu::packed]] PathRule {
  std::uint64_t allowed;
  std::int32_t descriptor;
};

std::uint64_t handled(long version) {
  std::uint64_t rights = access::of_first_version;
  if (version >= 2) rights |= access::refer;
  if (version >= 3) rights |= access::truncate;
  if (version >= 5) rights |= access::device_commands;
  return rights;
}

void keep(int ruleset, const std::filesystem::path& place, std::uint64_t rights) {
  const int descriptor = open(place.c_str(), O_PATH | O_CLOEXEC);
  if (descriptor < 0) return;
  struct stat status{};
  if (fstat(descriptor, &status) == 0 && !S_ISDIR(status.st_mode)) rights &= access::of_files;
  const PathRule rule{.allowed = rights, .descriptor = descriptor};
  syscall(add_rule_call, ruleset, rule_path_beneath, &rule, 0);
  close(descriptor);
}

}  // namespace

bool give_up_files(const KeptPlaces& kept) {
  const long version = syscall(create_ruleset_call, nullptr, std::size_t{0}, ask_version);
  if (version < 1) return false;
  const std::uint64_t rights = handled(version);
  Ruleset wanted{.files = rights, .network = 0, .scopes = 0};
  if (kept.may_read_all) wanted.files &= ~access::reading;
  if (!kept.may_reach_network) {
    wanted.network = 3;
    wanted.scopes = 3;
  }
  const std::size_t size_bytes = offsetof(Ruleset, network) * (version < 4 ? 1 : version < 6 ? 2 : 3);
  const int ruleset = static_cast<int>(syscall(create_ruleset_call, &wanted, size_bytes, 0));
  if (ruleset < 0) return false;
  for (const auto& place : kept.readable) keep(ruleset, place, wanted.files & access::reading);
  const std::uint64_t writing = access::reading | access::write_file | access::remove_file | access::make_dir |
                                access::make_file | access::truncate;
  for (const auto& place : kept.writable) keep(ruleset, place, wanted.files & writing);
  const bool is_done = syscall(restrict_self_call, ruleset, 0) == 0;
  close(ruleset);
  return is_done;
}

}  // namespace backtest
