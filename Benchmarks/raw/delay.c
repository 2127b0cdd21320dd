// delay ADDRESS PORT TARGET-PORT MILLISECONDS
//
// A long way to a server on the same address: every byte arrives MILLISECONDS later, in both directions, on any
// number of connections at once. How much is in flight at a time is not bounded, as on a real long way. Only the
// connection itself is there at once.
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "support.h"

enum { piece_limit = 65536, event_limit = 256 };

struct end {
  int handle;
  // 1 once nothing more can come out of it.
  int ended;
  struct end *other;
};

// What was read, on its way to the other end; without bytes, the end of it. All take equally long, so that one queue
// in the order of their reading is also in the order of their arrival.
struct piece {
  struct piece *next;
  struct end *to;
  long long due;
  size_t length;
  char bytes[];
};

static struct piece *first, *last;

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

static void no_wait(int handle) {
  int on = 1;
  setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static int listen_on(const char *address, const char *port) {
  struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons((unsigned short)number(port))};
  int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
  setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (inet_pton(AF_INET, address, &place.sin_addr) != 1 || bind(handle, (struct sockaddr *)&place, sizeof place) != 0 ||
      listen(handle, 1024) != 0)
    fail("cannot listen on %s:%s: %s", address, port, strerror(errno));
  return handle;
}

static void watch(int poller, struct end *end) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = end};
  epoll_ctl(poller, EPOLL_CTL_ADD, end->handle, &event);
}

static void begin(int poller, int client, const char *address, const char *target) {
  struct end *ends = calloc(2, sizeof *ends);
  if (ends == NULL) fail("no memory");
  no_wait(client);
  ends[0] = (struct end){.handle = client, .other = &ends[1]};
  ends[1] = (struct end){.handle = connect_to(address, target), .other = &ends[0]};
  watch(poller, &ends[0]);
  watch(poller, &ends[1]);
}

// Takes what there is, to be handed on later.
static void take(int poller, struct end *from, long long delay) {
  static char bytes[piece_limit];
  ssize_t length = recv(from->handle, bytes, sizeof bytes, MSG_DONTWAIT);
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (length < 0) length = 0;
  struct piece *piece = malloc(sizeof *piece + (size_t)length);
  if (piece == NULL) fail("no memory");
  *piece = (struct piece){.to = from->other, .due = now() + delay, .length = (size_t)length};
  memcpy(piece->bytes, bytes, (size_t)length);
  if (last != NULL) last->next = piece;
  else first = piece;
  last = piece;
  if (length == 0) epoll_ctl(poller, EPOLL_CTL_DEL, from->handle, NULL);
}

static void hand_on(struct piece *piece) {
  struct end *to = piece->to, *from = to->other;
  for (size_t done = 0; done < piece->length;) {
    ssize_t sent = send(to->handle, piece->bytes + done, piece->length - done, MSG_NOSIGNAL);
    // Who is gone is told so by the end of the other direction.
    if (sent <= 0) break;
    done += (size_t)sent;
  }
  if (piece->length > 0) return;
  shutdown(to->handle, SHUT_WR);
  from->ended = 1;
  if (!to->ended) return;
  close(from->handle);
  close(to->handle);
  free(from < to ? from : to);
}

int main(int count, char **words) {
  if (count != 5) fail("usage: delay ADDRESS PORT TARGET-PORT MILLISECONDS");
  int listener = listen_on(words[1], words[2]), poller = epoll_create1(EPOLL_CLOEXEC);
  long long delay = number(words[4]) * 1000LL;
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    struct epoll_event events[event_limit];
    long long left = first == NULL ? -1 : first->due - now();
    int ready = epoll_wait(poller, events, event_limit, first == NULL ? -1 : left > 0 ? (int)(left / 1000 + 1) : 0);
    for (int i = 0; i < ready; i++) {
      if (events[i].data.ptr != NULL) {
        take(poller, events[i].data.ptr, delay);
        continue;
      }
      int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
      if (client >= 0) begin(poller, client, words[1], words[3]);
    }
    while (first != NULL && first->due <= now()) {
      struct piece *piece = first;
      first = piece->next;
      if (first == NULL) last = NULL;
      hand_on(piece);
      free(piece);
    }
  }
}
