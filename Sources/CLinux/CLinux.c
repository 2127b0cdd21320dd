#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
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
