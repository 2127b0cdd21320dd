#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

// From <nss.h>, which declares it only in some versions of glibc.
extern int __nss_configure_lookup(const char *database, const char *services);

const uint64_t swab_resolve_beneath = RESOLVE_BENEATH;
const uint64_t swab_resolve_no_symlinks = RESOLVE_NO_SYMLINKS;

const int swab_o_path = O_PATH;

int swab_openat2(int directory, const char *path, uint64_t flags, uint64_t resolve) {
  struct open_how how;
  memset(&how, 0, sizeof how);
  how.flags = flags;
  how.resolve = resolve;
  return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

int swab_sync_file_system(int file) { return syncfs(file); }

int swab_memory_file(int64_t limit) {
  int file = memfd_create("swab", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0) return -1;
  if (ftruncate(file, limit) == 0 && fcntl(file, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) == 0) return file;
  int reason = errno;
  close(file);
  errno = reason;
  return -1;
}

const char *const swab_guard_name = "swab-guard";

// Before anything else of the program: this process only wants to become another.
__attribute__((constructor(101))) static void become_tool(int count, char **words, char **variables) {
  if (count < 3 || strcmp(words[0], swab_guard_name) != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Whoever started us may have died before that.
  if (getppid() != (pid_t)strtol(words[1], NULL, 10)) _exit(127);
  execve(words[2], words + 2, variables);
  dprintf(2, "%s: %s\n", swab_guard_name, strerror(errno));
  _exit(127);
}

// Before Swift's runtime looks for its own path, which it takes from /proc, and ends the process where there is none
// (stdlib/public/runtime/Paths.cpp; the path is only for its backtraces, which are off).
__attribute__((constructor(102))) static void do_without_proc(void) {
  if (access("/proc/self/exe", F_OK) != 0) setenv("SWIFT_ROOT", "/", 0);
}

struct thread_trial {
  pthread_mutex_t lock;
  pthread_cond_t over;
  int is_over;
};

static void *wait_for_end(void *argument) {
  struct thread_trial *trial = argument;
  pthread_mutex_lock(&trial->lock);
  while (!trial->is_over) pthread_cond_wait(&trial->over, &trial->lock);
  pthread_mutex_unlock(&trial->lock);
  return NULL;
}

int swab_try_threads(int count) {
  enum { most = 64 };
  pthread_t threads[most];
  struct thread_trial trial = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
  int started = 0;
  int error = 0;
  while (started < count && started < most) {
    error = pthread_create(&threads[started], NULL, wait_for_end, &trial);
    if (error != 0) break;
    started++;
  }
  pthread_mutex_lock(&trial.lock);
  trial.is_over = 1;
  pthread_cond_broadcast(&trial.over);
  pthread_mutex_unlock(&trial.lock);
  for (int index = 0; index < started; index++) pthread_join(threads[index], NULL);
  return error;
}

static struct {
  int code;
  char *line;
  char *path;
  char *temporary;
  void *report;
  size_t length;
} last_words;

static void write_all(int file, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t written = write(file, bytes, length);
    if (written <= 0) return;
    bytes += written;
    length -= (size_t)written;
  }
}

static void end_now(int signal) {
  (void)signal;
  if (last_words.path) {
    int file = open(last_words.temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file >= 0) {
      write_all(file, last_words.report, last_words.length);
      close(file);
      if (rename(last_words.temporary, last_words.path) != 0) unlink(last_words.temporary);
    }
  }
  write_all(2, last_words.line, strlen(last_words.line));
  _exit(last_words.code);
}

int swab_end_after(double seconds, int code, const char *line, const char *path, const char *temporary,
                   const void *report, size_t length) {
  // Not between two of these.
  swab_put_end_off(0);
  last_words.code = code;
  last_words.line = strdup(line);
  last_words.path = path ? strdup(path) : NULL;
  last_words.temporary = temporary ? strdup(temporary) : NULL;
  last_words.report = malloc(length > 0 ? length : 1);
  if (!last_words.line || !last_words.report) return -1;
  memcpy(last_words.report, report, length);
  last_words.length = length;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = end_now;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGALRM, &action, NULL) != 0) return -1;
  swab_put_end_off(seconds);
  return 0;
}

void swab_put_end_off(double seconds) {
  if (!last_words.line) return;
  struct itimerval timer;
  memset(&timer, 0, sizeof timer);
  if (seconds > 0) {
    timer.it_value.tv_sec = (time_t)seconds + 1;
  }
  setitimer(ITIMER_REAL, &timer, NULL);
}

int swab_event(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void swab_pin_name_service(void) {
  __nss_configure_lookup("hosts", "files dns");
  __nss_configure_lookup("passwd", "files");
  __nss_configure_lookup("group", "files");
  __nss_configure_lookup("services", "files");
  __nss_configure_lookup("protocols", "files");
}

__attribute__((section("swab_commit"), used)) static const volatile char commit[64] = "unknown";

const char *swab_build_commit(void) { return (const char *)commit; }
