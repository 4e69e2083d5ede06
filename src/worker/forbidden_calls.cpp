#include "worker/forbidden_calls.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace backtest {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t this_architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t this_architecture = AUDIT_ARCH_AARCH64;
#else
#error "name this architecture's AUDIT_ARCH_ here"
#endif

constexpr std::uint32_t x32_bit = 0x40000000;   // another way to make calls on x86-64
constexpr std::uint32_t last_known_call = 461;  // newer ones are answered as by a kernel that does not have them
constexpr std::uint32_t clone3_call = 435;      // its flags lie in memory, which no filter sees
constexpr std::uint32_t open_tree_call = 428;   // to fspick_call: mounts
constexpr std::uint32_t fspick_call = 433;
constexpr std::uint32_t pidfd_open_call = 434;
constexpr std::uint32_t pidfd_getfd_call = 438;
constexpr std::uint32_t openat2_call = 437;  // its flags, too
constexpr std::uint32_t mount_setattr_call = 442;
constexpr std::uint32_t fchmodat2_call = 452;

constexpr std::uint32_t network_calls[] = {__NR_socket, __NR_connect, __NR_bind,
                                           __NR_listen, __NR_accept,  __NR_accept4};

constexpr std::uint32_t program_calls[] = {
    __NR_execve,
    __NR_execveat,
#ifdef __NR_fork
    __NR_fork,
    __NR_vfork,
#endif
};

// Landlock leaves owners, rights and attributes alone, and before Linux 6.2 the length of files, too: whoever may open
// a file to read could empty it. A run opens its own to write, and changes none of these.
constexpr std::uint32_t file_changing_calls[] = {
    __NR_truncate,  __NR_fchmod,    __NR_fchmodat,    __NR_fchown,       __NR_fchownat,     __NR_setxattr,
    __NR_lsetxattr, __NR_fsetxattr, __NR_removexattr, __NR_lremovexattr, __NR_fremovexattr, fchmodat2_call,
#if defined(__x86_64__)
    __NR_chmod,     __NR_chown,     __NR_lchown,
#endif
};

constexpr std::uint32_t useless_calls[] = {
    // Other processes.
    __NR_ptrace,
    __NR_process_vm_readv,
    __NR_process_vm_writev,
    __NR_kcmp,
    __NR_kill,
    __NR_tkill,
    __NR_rt_sigqueueinfo,
    __NR_rt_tgsigqueueinfo,
    __NR_pidfd_send_signal,
    pidfd_open_call,
    pidfd_getfd_call,
    // Mounts, namespaces and roots.
    __NR_mount,
    __NR_umount2,
    __NR_pivot_root,
    __NR_chroot,
    __NR_setns,
    __NR_unshare,
    open_tree_call,
    429,
    430,
    431,
    432,
    fspick_call,
    mount_setattr_call,
    __NR_open_by_handle_at,
    __NR_mknodat,
    // The kernel.
    __NR_bpf,
    __NR_perf_event_open,
    __NR_userfaultfd,
    __NR_io_uring_setup,
    __NR_io_uring_enter,
    __NR_io_uring_register,
    __NR_add_key,
    __NR_request_key,
    __NR_keyctl,
    __NR_init_module,
    __NR_finit_module,
    __NR_delete_module,
    __NR_kexec_load,
    __NR_reboot,
    __NR_swapon,
    __NR_swapoff,
    __NR_acct,
    __NR_quotactl,
    __NR_syslog,
    __NR_personality,
    __NR_clock_settime,
    __NR_settimeofday,
    __NR_adjtimex,
    __NR_clock_adjtime,
    __NR_sethostname,
    __NR_setdomainname,
    // Memory and queues shared by name.
    __NR_shmget,
    __NR_shmat,
    __NR_msgget,
    __NR_semget,
    __NR_mq_open,
#if defined(__x86_64__)
    __NR_iopl,
    __NR_ioperm,
    __NR_modify_ldt,
    __NR_mknod,
#endif
};

constexpr std::uint32_t killed = SECCOMP_RET_KILL_PROCESS;
constexpr std::uint32_t unknown = SECCOMP_RET_ERRNO | ENOSYS;

class Filter {
 public:
  void load(std::size_t offset) { add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset))); }
  void answer(std::uint32_t what) { add(BPF_STMT(BPF_RET | BPF_K, what)); }
  void answer_if_equal(std::uint32_t value, std::uint32_t what) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
    answer(what);
  }
  void answer_unless_equal(std::uint32_t value, std::uint32_t what) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0));
    answer(what);
  }
  void answer_if_above(std::uint32_t value, std::uint32_t what) {
    add(BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, value, 0, 1));
    answer(what);
  }
  // The last word on `call`: allowed where its argument has one of these bits, or is one of these numbers.
  void allow_if_bit(std::uint32_t call, int argument, std::uint32_t bit) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4));
    load_argument(argument);
    add(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bit, 0, 1));
    answer(SECCOMP_RET_ALLOW);
    answer(killed);
  }
  void allow_if_equal(std::uint32_t call, int argument, std::uint32_t first, std::uint32_t second) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 5));
    load_argument(argument);
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, first, 1, 0));
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, second, 0, 1));
    answer(SECCOMP_RET_ALLOW);
    answer(killed);
  }

  // The last word on `call`: forbidden where of its argument these bits are the value.
  void forbid_if_masked(std::uint32_t call, int argument, std::uint32_t mask, std::uint32_t value) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 5));
    load_argument(argument);
    add(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask));
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
    answer(killed);
    answer(SECCOMP_RET_ALLOW);
  }

  bool install() {
    sock_fprog program{.len = static_cast<unsigned short>(instructions_.size()), .filter = instructions_.data()};
    // For the threads, too, that a library has started before main().
    return syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
  }

 private:
  void add(const sock_filter& instruction) { instructions_.push_back(instruction); }
  // Its lower half, which both architectures keep first.
  void load_argument(int number) { load(offsetof(seccomp_data, args) + number * sizeof(std::uint64_t)); }

  std::vector<sock_filter> instructions_;
};

}  // namespace

bool give_up_calls(const AllowedCalls& allowed) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  Filter filter;
  filter.load(offsetof(seccomp_data, arch));
  filter.answer_unless_equal(this_architecture, killed);  // another one's calls have other numbers
  filter.load(offsetof(seccomp_data, nr));
  filter.answer_if_above(x32_bit - 1, killed);
  filter.answer_if_above(last_known_call, unknown);
  for (const std::uint32_t call : useless_calls) filter.answer_if_equal(call, killed);
  if (!allowed.network) {
    for (const std::uint32_t call : network_calls) filter.answer_if_equal(call, killed);
  }
  if (!allowed.programs) {
    for (const std::uint32_t call : program_calls) filter.answer_if_equal(call, killed);
    filter.answer_if_equal(clone3_call, unknown);  // the C library then calls clone
    for (const std::uint32_t call : file_changing_calls) filter.answer_if_equal(call, killed);
    filter.answer_if_equal(openat2_call, unknown);  // what opens with it then opens segment by segment
    filter.forbid_if_masked(__NR_openat, 2, O_TRUNC | O_ACCMODE, O_TRUNC);
#ifdef __NR_open
    filter.forbid_if_masked(__NR_open, 1, O_TRUNC | O_ACCMODE, O_TRUNC);
#endif
    filter.allow_if_bit(__NR_clone, 0, CLONE_THREAD);
    // Signals to this process, as abort() sends them, and limits of this process.
    const auto self = static_cast<std::uint32_t>(getpid());
    filter.allow_if_equal(__NR_tgkill, 0, self, self);
    filter.allow_if_equal(__NR_prlimit64, 0, 0, self);
  }
  filter.answer(SECCOMP_RET_ALLOW);
  return filter.install();
}

}  // namespace backtest
