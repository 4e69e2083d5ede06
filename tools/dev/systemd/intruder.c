// Code that has taken over the process of a run. Every program of the bare Debian is made to load this
// (/etc/ld.so.preload); the process of a run, once it has given up what it gives up, tries in the midst of its work what
// /srv/market-data/intrusion says. What the kernel answers is the answer of the open that the work had asked for.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef int (*open_function)(const char* path, int flags, ...);

static char intrusion[32];
static int is_attempt;

__attribute__((constructor)) static void look_around(void) {
  char arguments[64] = "";
  FILE* file = fopen("/proc/self/cmdline", "r");
  if (file != NULL) {
    const size_t size = fread(arguments, 1, sizeof arguments - 1, file);
    // The process of a run is started or, most often, copied from the starter, which opens no directory this way.
    is_attempt = memmem(arguments, size, "\0attempt", sizeof "\0attempt") != NULL ||
                 memmem(arguments, size, "\0starter", sizeof "\0starter") != NULL;
    fclose(file);
  }
}

static int try_it(open_function real_open) {
  if (strcmp(intrusion, "read") == 0) return real_open("/etc/passwd", O_RDONLY | O_CLOEXEC);
  if (strcmp(intrusion, "write") == 0) return real_open("/var/lib/backtest/intruded", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (strcmp(intrusion, "connect") == 0) return socket(AF_INET, SOCK_STREAM, 0);
  if (strcmp(intrusion, "fork") == 0) return fork();
  errno = EINVAL;
  return -1;
}

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const int mode = (flags & O_CREAT) != 0 ? va_arg(more, int) : 0;
  va_end(more);
  const open_function real_open = (open_function)dlsym(RTLD_NEXT, "open");
  // Directories it opens in its work alone.
  if (is_attempt && (flags & O_PATH) != 0 && (flags & O_DIRECTORY) != 0) {
    const int file = real_open("/srv/market-data/intrusion", O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
      const ssize_t size = read(file, intrusion, sizeof intrusion - 1);
      close(file);
      intrusion[size > 0 ? size : 0] = 0;
      const int done = try_it(real_open);
      if (done < 0) return done;
      dprintf(STDERR_FILENO, "intruded: %s\n", intrusion);
    }
  }
  return real_open(path, flags, mode);
}

int open64(const char* path, int flags, ...) __attribute__((alias("open")));
