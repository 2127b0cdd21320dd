#define _GNU_SOURCE
#include "support.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void fail(const char *format, ...) {
  va_list values;
  va_start(values, format);
  fprintf(stderr, "%s: ", program_invocation_short_name);
  vfprintf(stderr, format, values);
  va_end(values);
  fputc('\n', stderr);
  exit(1);
}

int number(const char *text) {
  int value = atoi(text);
  if (value < 1) fail("not a number: %s", text);
  return value;
}

struct list read_list(const char *file) {
  FILE *stream = fopen(file, "re");
  if (stream == NULL) fail("%s: %s", file, strerror(errno));
  struct list list = {0};
  size_t room = 0, size = 0;
  char *line = NULL;
  ssize_t length;
  while ((length = getline(&line, &size, stream)) > 0) {
    if (line[length - 1] == '\n') line[--length] = 0;
    if (length == 0) continue;
    if (list.count == room) {
      room = room ? 2 * room : 1024;
      list.lines = realloc(list.lines, room * sizeof *list.lines);
      if (list.lines == NULL) fail("no memory");
    }
    list.lines[list.count] = strdup(line);
    if (list.lines[list.count++] == NULL) fail("no memory");
  }
  free(line);
  fclose(stream);
  return list;
}

int connect_to(const char *address, const char *port) {
  struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
  int problem = getaddrinfo(address, port, &hints, &found);
  if (problem != 0) fail("%s: %s", address, gai_strerror(problem));
  int handle = socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, 0);
  if (handle < 0 || connect(handle, found->ai_addr, found->ai_addrlen) != 0)
    fail("%s:%s: %s", address, port, strerror(errno));
  freeaddrinfo(found);
  int yes = 1;
  setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return handle;
}
