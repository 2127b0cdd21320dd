#ifndef SWAB_CLINUX_H
#define SWAB_CLINUX_H

#include <stddef.h>
#include <stdint.h>

/// openat2(2), which glibc has no wrapper for: -1 with errno, ENOSYS on a kernel before 5.6.
int swab_openat2(int directory, const char *path, uint64_t flags, uint64_t resolve);

/// The resolve flags of openat2(2) that Swab uses: no ".." above the starting directory, no symbolic link.
extern const uint64_t swab_resolve_beneath;
extern const uint64_t swab_resolve_no_symlinks;

/// O_PATH of open(2), which Swift does not import: a descriptor that only names its file.
extern const int swab_o_path;

/// An unnamed file in memory that can hold `limit` bytes and no more: a write beyond them fails with EPERM.
/// Closed on exec. -1 with errno; ENOSYS on a kernel before 3.17.
int swab_memory_file(int64_t limit);

/// A program with this code in it that is started under this name, with the number of its parent, a path and
/// arguments, becomes the program at the path (execve(2)), to be killed by the kernel when its parent dies. If it
/// can't, it says so on standard error, behind its name, and exits with 127.
extern const char *const swab_guard_name;

/// Forces everything that was written to the file system of this descriptor to its disk: syncfs(2). 0, or -1 with errno.
int swab_sync_file_system(int file);

/// An eventfd(2), which Swift's Glibc lacks: non-blocking, closed on exec. -1 with errno.
int swab_event(void);

/// Whether so many threads can be had at the same time: starts them, and waits until all have ended. 0, or the error
/// number of pthread_create(3).
int swab_try_threads(int count);

/// Ends the process with an exit code so many seconds from now, whatever its threads do or wait for, unless it is called
/// again before. It needs no thread: the kernel interrupts one with SIGALRM (setitimer(2)), and what is done then is safe
/// in a signal handler (signal-safety(7)). `line` is written to standard error and `report` to `temporary`, which is
/// then renamed to `path`; without a path there is no report. All of it is copied. 0, or -1 with errno.
int swab_end_after(double seconds, int code, const char *line, const char *path, const char *temporary,
                   const void *report, size_t length);

/// Puts the end off to so many seconds from now, rounded up; 0 or less takes it back. Without effect before
/// swab_end_after.
void swab_put_end_off(double seconds);

/// Pins the name service to modules that are part of glibc ("files", and "dns" for hosts): a static program
/// that follows the machine's nsswitch.conf would load that machine's shared libraries and can crash.
void swab_pin_name_service(void);

/// The commit this executable was built from, or "unknown". It stands in a section of its own, which the
/// build fills in after linking, so that a new commit does not recompile anything.
const char *swab_build_commit(void);

#endif
