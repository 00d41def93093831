// A check of the lane, to be compiled with the sanitizers: check SEED ROUNDS.
// Scans get bytes at random, and heads with some bytes changed. Then clients
// and apps talk through a lane whose pairs are lent and taken back all the
// time, by another thread than its own, and each answer must come whole.
#define _GNU_SOURCE
#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lane.h"

#define PAIRS 8
#define LARGE (300 * 1024)

static uint64_t state;

static uint32_t below(uint32_t limit) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(state >> 33) % limit;
}

static const char *const HEADS[] = {
    "GET /a?b=c HTTP/1.1\r\nHost: shop\r\nX-Debug: alice\r\nConnection: keep-alive\r\n\r\n",
    "HEAD / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nConnection: keep-alive\r\n\r\nhello world\n",
    "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n",
};

static void scan_once(void) {
  const char *head = HEADS[below(sizeof HEADS / sizeof *HEADS)];
  size_t length = strlen(head);
  size_t count = below((uint32_t)length + 1);
  // A block of its own, so that a byte too far is one that nobody has.
  uint8_t *bytes = malloc(count + 1);
  memcpy(bytes, head, count);
  uint8_t *exact = realloc(bytes, count ? count : 1);
  for (uint32_t n = below(4); n > 0 && count > 0; n--)
    exact[below((uint32_t)count)] = (uint8_t)below(256);
  struct names names = {.count = 1, .each = {{.length = 7, .text = "x-debug"}}};
  struct line line;
  struct response response;
  assert(scan_request(exact, count, &names, &line) <= count);
  assert(scan_response(exact, count, below(2), &response) <= count);
  free(exact);
}

static struct {
  int client, to_client, to_app, app;
  bool lent, asked;
  // Of the answer that the client waits for.
  size_t expected;
  // Of the app's, what it has not said yet; it may when it has the request.
  size_t size, unsaid;
  char answer[LARGE + 200];
} pairs[PAIRS];

static bool ending;
static int news[2];

static void notify(void *data) {
  (void)data;
  if (write(news[1], "n", 1) < 0) return;
}

// What the lane gives back goes on here as JavaScript would do it.
static void on_returned(const struct returned *returned, const uint8_t *bytes) {
  int to = -1;
  if (returned->why == FROM_APP || returned->why == TO_CLIENT)
    to = pairs[returned->slot].to_client;
  if (returned->why == FROM_CLIENT || returned->why == TO_APP)
    to = pairs[returned->slot].to_app;
  assert(returned->why != CLIENT_FAILED && returned->why != APP_FAILED);
  pairs[returned->slot].lent = false;
  for (size_t done = 0; to >= 0 && done < returned->count;) {
    ssize_t sent = send(to, bytes + done, returned->count - done, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) done += (size_t)sent;
    else {
      // The other end is read by this thread.
      static uint8_t sink[LANE_SIZE];
      uint32_t slot = returned->slot;
      ssize_t got = recv(pairs[slot].client, sink, sizeof sink, MSG_DONTWAIT);
      if (got > 0) pairs[slot].expected -= (size_t)got;
    }
  }
}

// Passes on what lies between the two while they are not lent.
static void pass(uint32_t slot, int from, int to) {
  static uint8_t bytes[LANE_SIZE];
  ssize_t got = recv(from, bytes, sizeof bytes, MSG_DONTWAIT);
  if (got <= 0) return;
  struct returned returned = {.slot = slot, .why = to == pairs[slot].to_client ? FROM_APP : FROM_CLIENT, .count = (size_t)got};
  on_returned(&returned, bytes);
}

static void step(struct lane *lane) {
  static uint8_t bytes[LANE_SIZE];
  struct returned returned;
  uint32_t slot = below(PAIRS);
  char drained[64];
  while (read(news[0], drained, sizeof drained) > 0)
    ;
  while (lane_next(lane, &returned, bytes)) on_returned(&returned, bytes);
  switch (below(6)) {
    case 0:
      if (pairs[slot].lent || pairs[slot].expected > 0) break;
      pairs[slot].lent = lane_add(lane, slot, pairs[slot].to_client, pairs[slot].to_app);
      assert(pairs[slot].lent);
      break;
    case 1:
      if (below(4) == 0 && lane_remove(lane, slot, &returned, bytes)) on_returned(&returned, bytes);
      break;
    case 2: {
      // A request; of some the lane is to keep off.
      if (ending || pairs[slot].expected > 0) break;
      char request[200];
      int length = snprintf(request, sizeof request, "GET /%u HTTP/1.1\r\nHost: shop\r\n%s\r\n",
                            below(1000), below(5) ? "" : "X-Debug: alice\r\n");
      size_t body = below(3) ? below(100) : LARGE;
      int head = snprintf(pairs[slot].answer, sizeof pairs[slot].answer,
                          "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", body);
      memset(pairs[slot].answer + head, 'x', body);
      pairs[slot].size = pairs[slot].unsaid = pairs[slot].expected = body + (size_t)head;
      pairs[slot].asked = false;
      assert(write(pairs[slot].client, request, (size_t)length) == length);
      break;
    }
    case 3: {
      if (recv(pairs[slot].app, bytes, sizeof bytes, MSG_DONTWAIT) > 0) pairs[slot].asked = true;
      if (!pairs[slot].asked || pairs[slot].unsaid == 0) break;
      const char *from = pairs[slot].answer + pairs[slot].size - pairs[slot].unsaid;
      ssize_t sent = send(pairs[slot].app, from, pairs[slot].unsaid, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent > 0) pairs[slot].unsaid -= (size_t)sent;
      break;
    }
    case 4: {
      ssize_t got = recv(pairs[slot].client, bytes, 1 + below(sizeof bytes), MSG_DONTWAIT);
      if (got <= 0) break;
      assert((size_t)got <= pairs[slot].expected);
      pairs[slot].expected -= (size_t)got;
      break;
    }
    default:
      if (pairs[slot].lent) break;
      pass(slot, pairs[slot].to_client, pairs[slot].to_app);
      pass(slot, pairs[slot].to_app, pairs[slot].to_client);
  }
}

int main(int argc, char **argv) {
  state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
  long rounds = argc > 2 ? atol(argv[2]) : 100000;
  for (long i = 0; i < rounds; i++) scan_once();
  assert(pipe2(news, O_NONBLOCK | O_CLOEXEC) == 0);
  const double limits[] = {1, 10};
  struct lane *lane = lane_open(limits, 2, notify, NULL);
  assert(lane);
  struct rules rules = {.names = {.count = 1, .each = {{.length = 7, .text = "x-debug"}}}};
  lane_look(lane, &rules);
  for (int i = 0; i < PAIRS; i++) {
    int here[2], there[2];
    assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, here) == 0);
    assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, there) == 0);
    pairs[i].client = here[0];
    pairs[i].to_client = here[1];
    pairs[i].to_app = there[0];
    pairs[i].app = there[1];
  }
  for (long i = 0; i < rounds; i++) step(lane);
  ending = true;
  // Whatever is under way comes to its end.
  for (long i = 0;; i++) {
    size_t open = 0;
    for (int slot = 0; slot < PAIRS; slot++) open += pairs[slot].expected;
    if (open == 0) break;
    assert(i < 1000 * rounds);
    step(lane);
  }
  struct totals totals;
  lane_totals(lane, &totals);
  printf("%.0f requests, %.0f bytes\n", totals.taken, totals.sent);
  assert(totals.taken > 0 && totals.ended[2] > 0);
  lane_close(lane);
  return 0;
}
