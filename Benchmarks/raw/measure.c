// measure RESULT PROGRAM [ARGUMENT ...]
//
// Runs a program and writes one line to RESULT: seconds it took, seconds of CPU of it and of all processes it
// waited for, kilobytes that the largest of them had in memory, and its exit code (128 + the signal that ended it).
// A small program does this because a process counts the memory of the one that forked it as its own.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval time) { return (double)time.tv_sec + (double)time.tv_usec / 1e6; }

int main(int count, char **words) {
  if (count < 3) return fprintf(stderr, "usage: measure RESULT PROGRAM [ARGUMENT ...]\n"), 64;
  struct timespec begin, end;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  pid_t child = fork();
  if (child == 0) {
    execvp(words[2], words + 2);
    fprintf(stderr, "measure: %s: %s\n", words[2], strerror(errno));
    _exit(127);
  }
  int status = 0;
  struct rusage usage;
  if (child < 0 || wait4(child, &status, 0, &usage) != child) return perror("measure"), 71;
  clock_gettime(CLOCK_MONOTONIC, &end);
  FILE *result = fopen(words[1], "we");
  if (result == NULL) return perror(words[1]), 73;
  fprintf(
    result, "%.6f %.6f %ld %d\n", (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9,
    seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss,
    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  return fclose(result) == 0 ? 0 : 73;
}
