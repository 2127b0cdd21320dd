// What the raw loops share: lists, connections, the clock.
#ifndef SUPPORT_H
#define SUPPORT_H

#include <stddef.h>

// The lines of a file, without their ends and without empty ones.
struct list {
  char **lines;
  size_t count;
};

struct list read_list(const char *file);

// A connected TCP socket without Nagle's delay. Ends the program when there is none.
int connect_to(const char *address, const char *port);

// A whole number that is at least 1, or the end of the program.
int number(const char *text);

// Prints a line on standard error and ends the program.
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
