// delete_root ADDRESS PORT CONNECTIONS WINDOW LIST
//
// The limit for root://: kXR_rm of the XRootD protocol, so many requests in flight on each connection, one thread.
// LIST holds paths. It logs in without authentication.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support.h"

enum { kXR_protocol = 3006, kXR_login = 3007, kXR_rm = 3014, kXR_ok = 0, kXR_error = 4003 };
enum { output_size = 1 << 17, input_size = 1 << 16, silence_limit = 20000 };

// All numbers in network order. The 16 bytes in the middle belong to the request.
struct request {
  uint8_t stream[2];
  uint16_t code;
  uint8_t parameters[16];
  uint32_t length;
};

struct answer {
  uint8_t stream[2];
  uint16_t status;
  uint32_t length;
};

struct connection {
  int handle;
  int underway;
  size_t length;
  unsigned char input[input_size];
};

static struct list paths;
static size_t next, answered, refused;

static void send_all(int handle, const void *bytes, size_t length) {
  for (const char *from = bytes; length > 0;) {
    ssize_t sent = send(handle, from, length, MSG_NOSIGNAL);
    if (sent <= 0) fail("cannot send: %s", strerror(errno));
    from += sent;
    length -= (size_t)sent;
  }
}

static void receive_all(int handle, void *bytes, size_t length) {
  if (length > 0 && recv(handle, bytes, length, MSG_WAITALL) != (ssize_t)length) fail("the server closed");
}

static void expect_ok(int handle, const char *step) {
  struct answer answer;
  char body[4096];
  receive_all(handle, &answer, sizeof answer);
  size_t length = ntohl(answer.length);
  if (length > sizeof body) fail("%s: an answer of %zu bytes", step, length);
  receive_all(handle, body, length);
  if (ntohs(answer.status) != kXR_ok) fail("%s: status %d", step, ntohs(answer.status));
}

static void log_in(int handle) {
  uint32_t greeting[5] = {0, 0, 0, htonl(4), htonl(2012)};
  struct request protocol = {.code = htons(kXR_protocol)};
  uint32_t version = htonl(0x511);
  memcpy(protocol.parameters, &version, sizeof version);
  // The process number, eight bytes of a user's name, and the capability of protocol version 5.
  struct request login = {.code = htons(kXR_login)};
  uint32_t process = htonl((uint32_t)getpid());
  memcpy(login.parameters, &process, sizeof process);
  memcpy(login.parameters + 4, "bench", 5);
  login.parameters[14] = 5;
  send_all(handle, greeting, sizeof greeting);
  send_all(handle, &protocol, sizeof protocol);
  send_all(handle, &login, sizeof login);
  expect_ok(handle, "greeting");
  expect_ok(handle, "kXR_protocol");
  expect_ok(handle, "kXR_login");
}

// Fills a connection's window.
static void ask(struct connection *connection, int window) {
  static unsigned char output[output_size];
  size_t length = 0;
  while (connection->underway < window && next < paths.count) {
    size_t path = strlen(paths.lines[next]);
    struct request request = {.code = htons(kXR_rm), .length = htonl((uint32_t)path)};
    if (sizeof request + path > output_size) fail("path too long");
    if (length + sizeof request + path > output_size) break;
    memcpy(output + length, &request, sizeof request);
    memcpy(output + length + sizeof request, paths.lines[next++], path);
    length += sizeof request + path;
    connection->underway++;
  }
  send_all(connection->handle, output, length);
}

// Takes the answers that came. Only ok and error end a request, and nothing else is expected of this server.
static void take(struct connection *connection) {
  ssize_t got = recv(connection->handle, connection->input + connection->length, input_size - connection->length, 0);
  if (got <= 0) fail("the server closed after %zu of %zu answers", answered, paths.count);
  connection->length += (size_t)got;
  size_t used = 0;
  struct answer answer;
  while (connection->length - used >= sizeof answer) {
    memcpy(&answer, connection->input + used, sizeof answer);
    size_t whole = sizeof answer + ntohl(answer.length);
    if (whole > input_size) fail("an answer of %zu bytes", whole);
    if (connection->length - used < whole) break;
    int status = ntohs(answer.status);
    if (status == kXR_error) {
      if (refused++ == 0 && whole > sizeof answer + 4)
        fprintf(
          stderr, "delete_root: %.*s\n", (int)(whole - sizeof answer - 4),
          (const char *)connection->input + used + sizeof answer + 4);
    } else if (status != kXR_ok) {
      fail("status %d", status);
    }
    answered++;
    connection->underway--;
    used += whole;
  }
  connection->length -= used;
  memmove(connection->input, connection->input + used, connection->length);
}

int main(int count, char **words) {
  if (count != 6) fail("usage: delete_root ADDRESS PORT CONNECTIONS WINDOW LIST");
  nfds_t connections = (nfds_t)number(words[3]);
  int window = number(words[4]);
  paths = read_list(words[5]);
  struct connection *all = calloc(connections, sizeof *all);
  struct pollfd *polled = calloc(connections, sizeof *polled);
  if (all == NULL || polled == NULL) fail("no memory");
  for (nfds_t i = 0; i < connections; i++) {
    all[i].handle = connect_to(words[1], words[2]);
    log_in(all[i].handle);
    polled[i] = (struct pollfd){.fd = all[i].handle, .events = POLLIN};
    ask(&all[i], window);
  }
  while (answered < paths.count) {
    if (poll(polled, connections, silence_limit) <= 0)
      fail("silence after %zu of %zu answers", answered, paths.count);
    for (nfds_t i = 0; i < connections; i++) {
      if (polled[i].revents == 0) continue;
      take(&all[i]);
      // Half a window at a time, so that requests travel in few packets.
      if (all[i].underway <= window / 2) ask(&all[i], window);
    }
  }
  if (refused > 0) fail("%zu of %zu files not deleted", refused, paths.count);
}
