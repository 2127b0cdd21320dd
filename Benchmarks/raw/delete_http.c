// delete_http ADDRESS PORT CONNECTIONS LIST [CERTIFICATES]
//
// The limit for HTTP: one thread, epoll, one DELETE in flight on each of the kept connections. LIST holds paths.
// With CERTIFICATES, a directory of hashed CA certificates, it is HTTPS and the server must prove itself.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support.h"

enum { answer_limit = 16384, silence_limit = 20000 };

struct connection {
  int handle;
  SSL *tls;
  int underway;
  size_t length;
  char answer[answer_limit + 1];
};

static const char *address, *port;
static SSL_CTX *context;
static struct list paths;
static size_t next, answered, refused;

static void open_connection(struct connection *connection) {
  connection->handle = connect_to(address, port);
  connection->length = 0;
  if (context != NULL) {
    connection->tls = SSL_new(context);
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection->tls), address);
    SSL_set_fd(connection->tls, connection->handle);
    if (SSL_connect(connection->tls) != 1) {
      ERR_print_errors_fp(stderr);
      fail("no TLS with %s:%s", address, port);
    }
  }
  fcntl(connection->handle, F_SETFL, O_NONBLOCK);
}

static void close_connection(struct connection *connection) {
  if (connection->tls != NULL) SSL_free(connection->tls);
  connection->tls = NULL;
  close(connection->handle);
}

static void ask(struct connection *connection) {
  char request[8192];
  int length = snprintf(
    request, sizeof request, "DELETE %s HTTP/1.1\r\nHost: %s:%s\r\n\r\n", paths.lines[next], address, port);
  if (length >= (int)sizeof request) fail("path too long: %s", paths.lines[next]);
  // One small request on an idle connection always fits into the socket's buffer.
  int sent = connection->tls != NULL ? SSL_write(connection->tls, request, length)
                                     : (int)send(connection->handle, request, (size_t)length, MSG_NOSIGNAL);
  if (sent != length) fail("cannot send: %s", strerror(errno));
  next++;
  connection->underway = 1;
}

// Reads what there is: more than 0 bytes, 0 at the end, -1 when there is nothing yet.
static int read_some(struct connection *connection) {
  char *free_space = connection->answer + connection->length;
  int room = (int)(answer_limit - connection->length), length;
  if (room == 0) fail("an answer of more than %d bytes", answer_limit);
  if (connection->tls != NULL) {
    length = SSL_read(connection->tls, free_space, room);
    if (length <= 0) return SSL_get_error(connection->tls, length) == SSL_ERROR_WANT_READ ? -1 : 0;
  } else {
    length = (int)recv(connection->handle, free_space, (size_t)room, 0);
    if (length <= 0) return length < 0 && errno == EAGAIN ? -1 : 0;
  }
  connection->length += (size_t)length;
  connection->answer[connection->length] = 0;
  return length;
}

// The length of a whole answer, or 0 while something of it is missing.
static size_t whole_answer(const struct connection *connection) {
  const char *text = connection->answer, *end = strstr(text, "\r\n\r\n");
  if (end == NULL) return 0;
  size_t length = (size_t)(end - text) + 4;
  const char *body = strcasestr(text, "\r\ncontent-length:");
  if (body != NULL && body < end) length += (size_t)atol(body + 17);
  const char *chunked = strcasestr(text, "\r\ntransfer-encoding: chunked");
  if (chunked != NULL && chunked < end) {
    const char *last = strstr(end, "\r\n0\r\n\r\n");
    if (last == NULL) return 0;
    length = (size_t)(last - text) + 7;
  }
  return length <= connection->length ? length : 0;
}

// Takes what came on a connection, and sends its next request. A connection that the server closed between two
// answers is opened anew.
static void serve(struct connection *connection) {
  int length;
  while ((length = read_some(connection)) > 0) {
    size_t whole = whole_answer(connection);
    if (whole == 0) continue;
    int status = atoi(connection->answer + 9);
    if (status < 200 || status > 299) {
      if (refused++ == 0) fprintf(stderr, "delete_http: %.200s\n", connection->answer);
    }
    int closing = strcasestr(connection->answer, "\r\nconnection: close") != NULL;
    connection->length -= whole;
    memmove(connection->answer, connection->answer + whole, connection->length + 1);
    connection->underway = 0;
    answered++;
    if (closing) {
      length = 0;
      break;
    }
    if (next < paths.count) ask(connection);
  }
  if (length == 0) {
    if (connection->underway) fail("the server closed a connection before it answered");
    close_connection(connection);
    connection->handle = -1;
  }
}

static SSL_CTX *verifying_context(const char *certificates) {
  SSL_CTX *made = SSL_CTX_new(TLS_client_method());
  if (made == NULL || SSL_CTX_load_verify_dir(made, certificates) != 1) fail("no certificates in %s", certificates);
  SSL_CTX_set_verify(made, SSL_VERIFY_PEER, NULL);
  return made;
}

static void start(struct connection *connection, int poller) {
  open_connection(connection);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
  epoll_ctl(poller, EPOLL_CTL_ADD, connection->handle, &event);
  ask(connection);
}

int main(int count, char **words) {
  if (count < 5) fail("usage: delete_http ADDRESS PORT CONNECTIONS LIST [CERTIFICATES]");
  address = words[1];
  port = words[2];
  int connections = number(words[3]);
  paths = read_list(words[4]);
  if (count > 5) context = verifying_context(words[5]);
  int poller = epoll_create1(EPOLL_CLOEXEC);
  struct connection *all = calloc((size_t)connections, sizeof *all);
  if (poller < 0 || all == NULL) fail("no memory");
  for (int i = 0; i < connections && next < paths.count; i++) start(&all[i], poller);
  while (answered < paths.count) {
    struct epoll_event events[64];
    int ready = epoll_wait(poller, events, 64, silence_limit);
    if (ready == 0) fail("silence after %zu of %zu answers", answered, paths.count);
    for (int i = 0; i < ready; i++) {
      struct connection *connection = events[i].data.ptr;
      serve(connection);
      if (connection->handle < 0 && next < paths.count) start(connection, poller);
    }
  }
  if (refused > 0) fail("%zu of %zu files not deleted", refused, paths.count);
}
