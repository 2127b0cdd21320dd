// make_files LIST
//
// Creates the files of a list, 64 bytes each, open to everyone. Their directories must be there.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support.h"

int main(int count, char **words) {
  if (count != 2) fail("usage: make_files LIST");
  struct list list = read_list(words[1]);
  char content[64];
  memset(content, 'x', sizeof content);
  umask(0);
  for (size_t i = 0; i < list.count; i++) {
    int handle = open(list.lines[i], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (handle < 0 || write(handle, content, sizeof content) != sizeof content)
      fail("%s: %s", list.lines[i], strerror(errno));
    close(handle);
  }
}
