// delete_files THREADS LIST
//
// The limit for local files: unlinkat(2) with the directory held open while it stays the same.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support.h"

struct share {
  char **lines;
  size_t count, failed;
};

static void *delete_share(void *argument) {
  struct share *share = argument;
  const char *directory = "";
  size_t length = 0;
  int handle = -1;
  for (size_t i = 0; i < share->count; i++) {
    char *path = share->lines[i], *name = strrchr(path, '/');
    if (handle < 0 || (size_t)(name - path) != length || memcmp(path, directory, length) != 0) {
      if (handle >= 0) close(handle);
      *name = 0;
      handle = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      if (handle < 0) fail("%s: %s", path, strerror(errno));
      *name = '/';
      directory = path;
      length = (size_t)(name - path);
    }
    if (unlinkat(handle, name + 1, 0) != 0) share->failed++;
  }
  if (handle >= 0) close(handle);
  return NULL;
}

int main(int count, char **words) {
  if (count != 3) fail("usage: delete_files THREADS LIST");
  size_t threads = (size_t)number(words[1]);
  struct list list = read_list(words[2]);
  struct share *shares = calloc(threads, sizeof *shares);
  pthread_t *handles = calloc(threads, sizeof *handles);
  if (shares == NULL || handles == NULL) fail("no memory");
  for (size_t i = 0; i < threads; i++) {
    size_t begin = list.count * i / threads, end = list.count * (i + 1) / threads;
    shares[i] = (struct share){list.lines + begin, end - begin, 0};
    if (pthread_create(&handles[i], NULL, delete_share, &shares[i]) != 0) fail("no thread");
  }
  size_t failed = 0;
  for (size_t i = 0; i < threads; i++) {
    pthread_join(handles[i], NULL);
    failed += shares[i].failed;
  }
  if (failed > 0) fail("%zu of %zu files not deleted", failed, list.count);
}
