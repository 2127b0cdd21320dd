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

/// Pins the name service to modules that are part of glibc ("files", and "dns" for hosts): a static program
/// that follows the machine's nsswitch.conf would load that machine's shared libraries and can crash.
void swab_pin_name_service(void);

/// The commit this executable was built from, or "unknown". It stands in a section of its own, which the
/// build fills in after linking, so that a new commit does not recompile anything.
const char *swab_build_commit(void);

#endif
