// Each case runs in a process of its own, which gives up what the process of an attempt does and then tries something.
#include "worker/confinement.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

namespace backtest {
namespace {

namespace fs = std::filesystem;

constexpr unsigned landlock_create_ruleset = 444;

// Answers a call as a kernel without it does.
void take_away(unsigned call) {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog program{.len = 4, .filter = filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    _exit(90);
}

bool has_landlock() {
  return syscall(landlock_create_ruleset, nullptr, std::size_t{0}, 1u) >= 1;
}

enum class Kernel { as_it_is, without_landlock };

class Confinement : public testing::TestWithParam<Kernel> {
 protected:
  void SetUp() override {
    char name[] = "/tmp/confinement-XXXXXX";
    root_ = mkdtemp(name);
    for (const char* below : {"data", "attempt", "other"}) fs::create_directory(root_ / below);
    std::ofstream(root_ / "data/prices.csv") << "date\n";
    std::ofstream(root_ / "other/secret") << "secret\n";
    job_.directory = root_ / "attempt";
    job_.allowed_data_dirs = {(root_ / "data").string()};
    job_.panel_cache = PanelCachePlace{.directory = root_ / "panels"};
  }
  void TearDown() override { fs::remove_all(root_); }

  // The status of a confined process that does `what`.
  int status_of(const std::function<int()>& what, ChildRole role = ChildRole::simulating) {
    const pid_t child = fork();
    if (child == 0) {
      if (GetParam() == Kernel::without_landlock) take_away(landlock_create_ruleset);
      limit_process(job_, role);
      confine(job_, role);
      _exit(what());
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return status;
  }

  fs::path root_;
  AttemptJob job_;
};

INSTANTIATE_TEST_SUITE_P(Kernels, Confinement, testing::Values(Kernel::as_it_is, Kernel::without_landlock),
                         [](const auto& each) {
                           return each.param == Kernel::as_it_is ? "ThisKernel" : "WithoutLandlock";
                         });

struct ForbiddenCall {
  const char* name;
  int (*make)();
};

const ForbiddenCall forbidden_calls[] = {
    {"socket", [] { return socket(AF_INET, SOCK_STREAM, 0); }},
    {"socket of this machine", [] { return socket(AF_UNIX, SOCK_STREAM, 0); }},
    {"connect", [] { return connect(0, nullptr, 0); }},
    {"fork", [] { return static_cast<int>(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); }},
    {"exec", [] { return execl("/bin/true", "true", nullptr); }},
    {"exec of a descriptor", [] { return static_cast<int>(syscall(SYS_execveat, 0, "", nullptr, nullptr, 0)); }},
    {"ptrace", [] { return static_cast<int>(ptrace(PTRACE_ATTACH, getppid(), 0, 0)); }},
    {"a signal", [] { return kill(getppid(), 0); }},
    {"a limit of another", [] { return prlimit(getppid(), RLIMIT_CORE, nullptr, nullptr); }},
    {"a namespace", [] { return unshare(CLONE_NEWUSER); }},
    {"io_uring", [] { return static_cast<int>(syscall(SYS_io_uring_setup, 1, nullptr)); }},
    // Of an own file, too: the kernel's rules for files say nothing of these.
    {"a cut", [] { return truncate("/", 0); }},
    {"an open that empties what it reads", [] { return open("/", O_RDONLY | O_TRUNC); }},
    {"rights", [] { return chmod("/nowhere", 0600); }},
    {"rights of a descriptor", [] { return fchmod(-1, 0600); }},
    {"an owner", [] { return chown("/nowhere", 0, 0); }},
    {"an attribute", [] { return setxattr("/nowhere", "user.a", "", 0, 0); }},
#if defined(__x86_64__)
    {"a call by its other number", [] { return static_cast<int>(syscall(0x40000000 | SYS_getpid)); }},
#endif
};

TEST_P(Confinement, EndsTheProcessAtAForbiddenCall) {
  for (const ForbiddenCall& call : forbidden_calls) {
    const int status = status_of([&] { return call.make() >= 0 ? 1 : 2; });
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) << call.name << " " << status;
  }
}

TEST_P(Confinement, EndsTheProcessAlsoWhereAnotherThreadCalls) {
  const int status = status_of([] {
    std::thread([] { socket(AF_INET, SOCK_STREAM, 0); }).join();
    return 0;
  });
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) << status;
}

TEST_P(Confinement, LeavesARunWhatItNeeds) {
  const int status = status_of([&] {
    std::string text;
    if (!std::getline(std::ifstream(root_ / "data/prices.csv"), text)) return 1;
    std::ofstream artifact(root_ / "attempt/summary.json");
    if (!(artifact << "{}" << std::flush)) return 2;
    std::ofstream(root_ / "panels/a.part") << "panel";
    std::error_code error;
    fs::rename(root_ / "panels/a.part", root_ / "panels/a.panel", error);
    if (error) return 3;
    if (!std::ifstream("/usr/share/zoneinfo/UTC")) return 4;
    int sum = 0;
    std::thread([&] { sum = 1; }).join();
    return sum == 1 ? 0 : 5;
  });
  EXPECT_EQ(status, 0);
}

TEST_P(Confinement, StopsAbortByItsOwnSignal) {
  const int status = status_of([]() -> int { std::abort(); });
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) << status;
}

TEST_P(Confinement, RefusesFilesOutside) {
  if (GetParam() == Kernel::without_landlock || !has_landlock()) GTEST_SKIP() << "this kernel has no Landlock";
  const auto refused = [](int result) { return result < 0 && errno == EACCES; };
  const int status = status_of([&] {
    if (!refused(open((root_ / "other/secret").c_str(), O_RDONLY))) return 1;
    if (!refused(open("/etc/passwd", O_RDONLY))) return 2;
    if (!refused(open((root_ / "other/new").c_str(), O_WRONLY | O_CREAT, 0600))) return 3;
    if (!refused(open((root_ / "data/prices.csv").c_str(), O_WRONLY))) return 4;
    if (!refused(unlink((root_ / "data/prices.csv").c_str()))) return 5;
    if (!refused(mkdir((root_ / "data/new").c_str(), 0700))) return 6;
    if (!refused(open((root_ / "data/new").c_str(), O_RDONLY | O_CREAT, 0600))) return 12;
    if (!refused(symlink("/etc/passwd", (root_ / "attempt/link").c_str()))) return 7;
    if (!refused(open("/proc/1/environ", O_RDONLY))) return 8;
    if (!refused(open((root_ / "other").c_str(), O_RDONLY | O_DIRECTORY))) return 9;
    std::ofstream(root_ / "attempt/result") << "result";
    if (rename((root_ / "attempt/result").c_str(), (root_ / "panels/result").c_str()) == 0) return 10;
    if (link((root_ / "data/prices.csv").c_str(), (root_ / "attempt/prices.csv").c_str()) == 0) return 11;
    return 0;
  });
  EXPECT_EQ(status, 0);
}

TEST_P(Confinement, LeavesTheLoaderItsNetworkAndNoPrograms) {
  int status = status_of([] { return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : 1; }, ChildRole::loading);
  EXPECT_EQ(status, 0);
  status = status_of([] { return execl("/bin/true", "true", nullptr); }, ChildRole::loading);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) << status;
  job_.access.storage.azure.push_back({.name = "lake", .credential = AzureCredential::azure_cli});
  status = status_of([] { return execl("/bin/true", "true", nullptr); }, ChildRole::loading);
  EXPECT_EQ(status, 0);
}

TEST_P(Confinement, LimitsTheProcess) {
  job_.memory_limit_bytes = std::uint64_t{8} << 30;  // sanitizers map more, but this process maps nothing
  job_.artifact_limit_bytes = 1 << 20;
  job_.panel_cache->limit_bytes = 2 << 20;
  job_.processor_limit_s = 10;
  const int status = status_of([] {
    const auto limit = [](auto resource) {
      rlimit value{};
      getrlimit(resource, &value);
      return value.rlim_cur;
    };
    if (limit(RLIMIT_CORE) > 1) return 1;
    if (limit(RLIMIT_FSIZE) != 2 << 20) return 2;
    if (limit(RLIMIT_CPU) < 70 || limit(RLIMIT_CPU) == RLIM_INFINITY) return 3;
    if (limit(RLIMIT_DATA) != std::uint64_t{8} << 30) return 4;
    return 0;
  });
  EXPECT_EQ(status, 0);
}

// Of a kernel that lacks a call.
PossibleConfinement possible_without(unsigned call) {
  const pid_t child = fork();
  if (child == 0) {
    take_away(call);
    const PossibleConfinement possible = possible_confinement();
    _exit((possible.calls ? 1 : 0) + (possible.files ? 2 : 0));
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status)) << status;
  return {.calls = (WEXITSTATUS(status) & 1) != 0, .files = (WEXITSTATUS(status) & 2) != 0};
}

TEST(PossibleConfinement, SaysWhatTheSystemLacks) {
  constexpr unsigned no_call = 1023;
  struct Case {
    const char* kernel;
    unsigned lacks;
    bool calls, files;
  };
  const Case cases[] = {
      {"this one", no_call, true, has_landlock()},
      {"without Landlock", landlock_create_ruleset, true, false},
      {"without seccomp", SYS_seccomp, false, has_landlock()},
  };
  for (const Case& each : cases) {
    const PossibleConfinement possible = possible_without(each.lacks);
    EXPECT_EQ(possible.calls, each.calls) << each.kernel;
    EXPECT_EQ(possible.files, each.files) << each.kernel;
  }
  EXPECT_NE(socket(AF_UNIX, SOCK_STREAM, 0), -1) << "this process has given nothing up";
}

}  // namespace
}  // namespace backtest
