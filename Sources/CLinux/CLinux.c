#define _GNU_SOURCE
#include "CLinux.h"

#include <linux/openat2.h>
#include <netdb.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// From <nss.h>, which declares it only in some versions of glibc.
extern int __nss_configure_lookup(const char *database, const char *services);

const uint64_t swab_resolve_beneath = RESOLVE_BENEATH;
const uint64_t swab_resolve_no_symlinks = RESOLVE_NO_SYMLINKS;

int swab_openat2(int directory, const char *path, uint64_t flags, uint64_t resolve) {
  struct open_how how;
  memset(&how, 0, sizeof how);
  how.flags = flags;
  how.resolve = resolve;
  return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

void swab_pin_name_service(void) {
  __nss_configure_lookup("hosts", "files dns");
  __nss_configure_lookup("passwd", "files");
  __nss_configure_lookup("group", "files");
  __nss_configure_lookup("services", "files");
  __nss_configure_lookup("protocols", "files");
}

__attribute__((section("swab_commit"), used)) static const volatile char commit[64] = "unknown";

const char *swab_build_commit(void) { return (const char *)commit; }
