// The fast lane without JavaScript: plain, unmatched requests without a body
// and their plain answers, from socket to socket, in a thread of its own. A
// pair of connections comes in at rest, between two requests; whatever else
// happens on one of its two is given back with the bytes that were read, and
// JavaScript goes on from there.
//
// A descriptor is touched only under the lock and only while its pair is in:
// once it was taken back, its owner may close it. Events are edges; a slot's
// turn tells those of its former pairs.
#define _GNU_SOURCE
#include "lane.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 64
// So many reads of a long answer, then it is the others' turn.
#define READS 4
#define STACK (256 * 1024)
#define BROKEN (EPOLLRDHUP | EPOLLHUP | EPOLLERR)

enum side { CLIENT, APP };
enum where { LENT, WAITING, BACK };

struct pair {
  int fds[2];
  uint32_t slot, turn;
  enum where where;
  bool busy, answering, to_head;
  int status;
  enum why why;
  uint64_t remaining;
  double begun, rested;
  size_t line_length;
  uint8_t line[LANE_LINE];
  // What was read and not passed on.
  uint8_t *rest;
  size_t from, count;
  // In one of the lists.
  struct pair *next, **link;
};

struct list {
  struct pair *first, **last;
};

struct lane {
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t served;
  // Others that want the lock: the thread lets them have it.
  atomic_int wanting;
  int epoll, wake;
  bool closed;
  void (*notify)(void *);
  void *data;
  double now;
  struct rules rules;
  struct totals totals;
  double limits[MAX_LIMITS];
  size_t limit_count;
  struct pair **pairs;
  uint32_t room, turn;
  struct list waiting, back;
  uint8_t buffer[LANE_SIZE];
};

static void append(struct list *list, struct pair *pair) {
  if (!list->first) list->last = &list->first;
  pair->next = NULL;
  pair->link = list->last;
  *list->last = pair;
  list->last = &pair->next;
}

static void unlink_from(struct list *list, struct pair *pair) {
  *pair->link = pair->next;
  if (pair->next) pair->next->link = pair->link;
  else list->last = pair->link;
}

static double clock_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1000 + (double)time.tv_nsec / 1e6;
}

static void lock(struct lane *lane) {
  atomic_fetch_add(&lane->wanting, 1);
  pthread_mutex_lock(&lane->lock);
  atomic_fetch_sub(&lane->wanting, 1);
}

static void unlock(struct lane *lane) {
  pthread_cond_signal(&lane->served);
  pthread_mutex_unlock(&lane->lock);
}

// Keeps `count` bytes of the buffer; false where there is no memory.
static bool keep(struct lane *lane, struct pair *pair, size_t from, size_t count) {
  pair->from = 0;
  pair->count = 0;
  if (count == 0) return true;
  pair->rest = malloc(count);
  if (!pair->rest) return false;
  memcpy(pair->rest, lane->buffer + from, count);
  pair->count = count;
  return true;
}

static void let_go(struct pair *pair) {
  free(pair->rest);
  pair->rest = NULL;
  pair->from = pair->count = 0;
}

static void unwatch(struct lane *lane, struct pair *pair) {
  for (int side = CLIENT; side <= APP; side++)
    epoll_ctl(lane->epoll, EPOLL_CTL_DEL, pair->fds[side], NULL);
  if (pair->where == WAITING) unlink_from(&lane->waiting, pair);
}

static void give_back(struct lane *lane, struct pair *pair, enum why why) {
  unwatch(lane, pair);
  pair->why = why;
  pair->where = BACK;
  append(&lane->back, pair);
}

// Gives a pair back with `count` bytes of the buffer. Without the memory for
// them they are lost, and so must be the connection.
static void give_bytes(struct lane *lane, struct pair *pair, enum why why, size_t from,
                       size_t count) {
  give_back(lane, pair, keep(lane, pair, from, count) ? why : CLIENT_FAILED);
}

static bool begins(const uint8_t *at, size_t length, const struct name *with) {
  return length >= with->length && memcmp(at, with->text, with->length) == 0;
}

// Whether JavaScript must choose for this request, which is a plain one.
static bool must_choose(const struct rules *rules, const uint8_t *bytes, size_t count,
                        const struct line *line) {
  for (size_t i = 0; i < rules->needles; i++)
    if (memmem(bytes, count, rules->needle[i].text, rules->needle[i].length)) return true;
  if (rules->prefixes == 0) return false;
  // A target that may be read in another way than it is written.
  const uint8_t *target = bytes + line->target;
  size_t length = line->end - line->target;
  if (target[0] != '/' || memchr(target, '%', length)) return true;
  for (size_t i = 0; i < rules->prefixes; i++)
    if (begins(target, length, &rules->prefix[i])) return true;
  return false;
}

static void answered(struct lane *lane, struct pair *pair, int status) {
  double took = lane->now - pair->begun;
  size_t bucket = 0;
  while (bucket < lane->limit_count && took > lane->limits[bucket]) bucket++;
  lane->totals.latencies[bucket]++;
  lane->totals.milliseconds += took;
  pair->answering = true;
  pair->status = status;
}

static void complete(struct lane *lane, struct pair *pair) {
  int class = pair->status / 100;
  lane->totals.ended[class >= 1 && class <= 5 ? class : 0]++;
  pair->busy = pair->answering = false;
  pair->rested = lane->now;
}

// Relays what the app says, as long as it does and the client takes it.
static void relay(struct lane *lane, struct pair *pair) {
  for (int reads = 0; reads < READS; reads++) {
    ssize_t got = recv(pair->fds[APP], lane->buffer, LANE_SIZE, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return give_back(lane, pair, got < 0 ? APP_FAILED : NOTHING);
    size_t count = (size_t)got;
    if (!pair->answering) {
      struct response response;
      size_t head = scan_response(lane->buffer, count, pair->to_head, &response);
      if (head == 0 || count - head > response.length)
        return give_bytes(lane, pair, FROM_APP, 0, count);
      answered(lane, pair, response.status);
      pair->remaining = head + response.length;
    } else if (count > pair->remaining)
      return give_bytes(lane, pair, FROM_APP, 0, count);
    pair->remaining -= count;
    lane->totals.sent += (double)count;
    ssize_t sent = send(pair->fds[CLIENT], lane->buffer, count, MSG_NOSIGNAL | MSG_DONTWAIT);
    size_t done = sent < 0 ? 0 : (size_t)sent;
    if (done < count) {
      bool full = sent >= 0 || errno == EAGAIN;
      // What is refused, JavaScript finds refused, too.
      if (!full || !keep(lane, pair, done, count - done))
        give_bytes(lane, pair, TO_CLIENT, done, count - done);
      return;
    }
    if (pair->remaining == 0) return complete(lane, pair);
    // Whatever comes after is another edge.
    if (count < LANE_SIZE) return;
  }
  pair->where = WAITING;
  append(&lane->waiting, pair);
}

// The client takes more of what it was sent.
static void pour(struct lane *lane, struct pair *pair) {
  ssize_t sent = send(pair->fds[CLIENT], pair->rest + pair->from, pair->count,
                      MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) {
    if (errno != EAGAIN) give_back(lane, pair, TO_CLIENT);
    return;
  }
  pair->from += (size_t)sent;
  pair->count -= (size_t)sent;
  if (pair->count > 0) return;
  let_go(pair);
  if (pair->remaining == 0) complete(lane, pair);
  else relay(lane, pair);
}

static void on_client(struct lane *lane, struct pair *pair, uint32_t events) {
  if (events & BROKEN || (pair->busy && events & EPOLLIN))
    return give_back(lane, pair, pair->count > 0 ? TO_CLIENT : NOTHING);
  if (pair->count > 0) return pour(lane, pair);
  if (!(events & EPOLLIN)) return;
  ssize_t got = recv(pair->fds[CLIENT], lane->buffer, LANE_SIZE, MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return give_back(lane, pair, got < 0 ? CLIENT_FAILED : NOTHING);
  size_t count = (size_t)got;
  struct line line;
  if (scan_request(lane->buffer, count, &lane->rules.names, &line) != count ||
      must_choose(&lane->rules, lane->buffer, count, &line))
    return give_bytes(lane, pair, FROM_CLIENT, 0, count);
  ssize_t sent = send(pair->fds[APP], lane->buffer, count, MSG_NOSIGNAL | MSG_DONTWAIT);
  // Whatever is wrong, JavaScript will find it so, too.
  if (sent < 0 && errno != EAGAIN) return give_bytes(lane, pair, FROM_CLIENT, 0, count);
  lane->totals.taken++;
  lane->totals.received += (double)count;
  pair->busy = true;
  pair->to_head = line.to_head;
  pair->begun = lane->now;
  pair->line_length = line.end < LANE_LINE ? line.end : LANE_LINE;
  memcpy(pair->line, lane->buffer, pair->line_length);
  size_t done = sent < 0 ? 0 : (size_t)sent;
  if (done < count) give_bytes(lane, pair, TO_APP, done, count - done);
}

// Whether there is something to read; what an event says may have been read since.
static bool speaks(struct lane *lane, int fd) {
  return recv(fd, lane->buffer, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
}

static void on_app(struct lane *lane, struct pair *pair, uint32_t events) {
  // At rest there is nothing that it could say but that it leaves.
  if (events & BROKEN || (!pair->busy && speaks(lane, pair->fds[APP])))
    return give_back(lane, pair, pair->count > 0 ? TO_CLIENT : NOTHING);
  if (!pair->busy) return;
  // First what the client has not taken yet, then what waits its turn.
  if (pair->count == 0 && pair->where == LENT) relay(lane, pair);
}

static void on_event(struct lane *lane, const struct epoll_event *event) {
  uint32_t slot = (uint32_t)event->data.u64 >> 1;
  struct pair *pair = slot < lane->room ? lane->pairs[slot] : NULL;
  if (!pair || pair->where == BACK || pair->turn != event->data.u64 >> 32) return;
  if (event->data.u64 & APP) on_app(lane, pair, event->events);
  else on_client(lane, pair, event->events);
}

// Those whose answers were interrupted, each once.
static void go_on(struct lane *lane) {
  struct pair *last = NULL;
  for (struct pair *each = lane->waiting.first; each; each = each->next) last = each;
  for (struct pair *pair = NULL; pair != last;) {
    pair = lane->waiting.first;
    unlink_from(&lane->waiting, pair);
    pair->where = LENT;
    relay(lane, pair);
  }
}

static void *run(void *data) {
  struct lane *lane = data;
  struct epoll_event events[EVENTS];
  bool waiting = false;
  for (;;) {
    int count = epoll_wait(lane->epoll, events, EVENTS, waiting ? 0 : -1);
    pthread_mutex_lock(&lane->lock);
    // Else who waits for the lock might never get it.
    while (atomic_load(&lane->wanting) > 0)
      pthread_cond_wait(&lane->served, &lane->lock);
    if (lane->closed) break;
    lane->now = clock_now();
    for (int i = 0; i < count; i++) on_event(lane, &events[i]);
    go_on(lane);
    waiting = lane->waiting.first != NULL;
    bool back = lane->back.first != NULL;
    pthread_mutex_unlock(&lane->lock);
    if (back) lane->notify(lane->data);
  }
  pthread_mutex_unlock(&lane->lock);
  return NULL;
}

static bool start(struct lane *lane) {
  pthread_attr_t attributes;
  sigset_t all, before;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setstacksize(&attributes, STACK);
  // Signals are for those who asked for them.
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool good = pthread_create(&lane->thread, &attributes, run, lane) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return good;
}

static void drop(struct lane *lane) {
  for (uint32_t i = 0; i < lane->room; i++) {
    if (!lane->pairs[i]) continue;
    free(lane->pairs[i]->rest);
    free(lane->pairs[i]);
  }
  free(lane->pairs);
  if (lane->wake >= 0) close(lane->wake);
  if (lane->epoll >= 0) close(lane->epoll);
  pthread_mutex_destroy(&lane->lock);
  pthread_cond_destroy(&lane->served);
  free(lane);
}

struct lane *lane_open(const double *limits, size_t count, void (*notify)(void *), void *data) {
  struct lane *lane = count <= MAX_LIMITS ? calloc(1, sizeof *lane) : NULL;
  if (!lane) return NULL;
  memcpy(lane->limits, limits, count * sizeof *limits);
  lane->limit_count = count;
  lane->notify = notify;
  lane->data = data;
  pthread_mutex_init(&lane->lock, NULL);
  pthread_cond_init(&lane->served, NULL);
  lane->epoll = epoll_create1(EPOLL_CLOEXEC);
  lane->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = UINT64_MAX};
  if (lane->epoll < 0 || lane->wake < 0 ||
      epoll_ctl(lane->epoll, EPOLL_CTL_ADD, lane->wake, &event) != 0 || !start(lane)) {
    drop(lane);
    return NULL;
  }
  return lane;
}

void lane_look(struct lane *lane, const struct rules *rules) {
  lock(lane);
  lane->rules = *rules;
  unlock(lane);
}

static bool has_room(struct lane *lane, uint32_t slot) {
  if (slot < lane->room) return true;
  if (slot >= INT32_MAX / 4) return false;
  uint32_t room = slot * 2 + 64;
  struct pair **pairs = realloc(lane->pairs, room * sizeof *pairs);
  if (!pairs) return false;
  memset(pairs + lane->room, 0, (room - lane->room) * sizeof *pairs);
  lane->pairs = pairs;
  lane->room = room;
  return true;
}

static bool watch(struct lane *lane, struct pair *pair, enum side side) {
  struct epoll_event event = {
      .events = EPOLLIN | EPOLLRDHUP | EPOLLET | (side == CLIENT ? EPOLLOUT : 0),
      .data.u64 = (uint64_t)pair->turn << 32 | pair->slot << 1 | side,
  };
  return epoll_ctl(lane->epoll, EPOLL_CTL_ADD, pair->fds[side], &event) == 0;
}

bool lane_add(struct lane *lane, uint32_t slot, int client, int app) {
  struct pair *pair = calloc(1, sizeof *pair);
  if (!pair) return false;
  lock(lane);
  bool good = has_room(lane, slot) && !lane->pairs[slot];
  if (good) {
    pair->fds[CLIENT] = client;
    pair->fds[APP] = app;
    pair->slot = slot;
    pair->turn = ++lane->turn;
    pair->rested = clock_now();
    // Its first event waits for the lock.
    good = watch(lane, pair, APP) && watch(lane, pair, CLIENT);
    if (good) lane->pairs[slot] = pair;
    else epoll_ctl(lane->epoll, EPOLL_CTL_DEL, app, NULL);
  }
  unlock(lane);
  if (!good) free(pair);
  return good;
}

// Takes a pair that is watched no longer out, with what it has.
static void take_out(struct lane *lane, struct pair *pair, struct returned *into, uint8_t *bytes) {
  double now = clock_now();
  lane->pairs[pair->slot] = NULL;
  *into = (struct returned){
      .slot = pair->slot,
      .why = pair->why,
      .busy = pair->busy,
      .answering = pair->answering,
      .status = pair->status,
      .remaining = pair->remaining,
      .age = now - pair->begun,
      .rested = now - pair->rested,
      .line_length = pair->line_length,
      .count = pair->count,
  };
  memcpy(into->line, pair->line, pair->line_length);
  if (pair->count > 0) memcpy(bytes, pair->rest + pair->from, pair->count);
  free(pair->rest);
  free(pair);
}

bool lane_remove(struct lane *lane, uint32_t slot, struct returned *into, uint8_t *bytes) {
  lock(lane);
  struct pair *pair = slot < lane->room ? lane->pairs[slot] : NULL;
  if (pair) {
    if (pair->where == BACK) unlink_from(&lane->back, pair);
    else {
      unwatch(lane, pair);
      pair->why = pair->count > 0 ? TO_CLIENT : NOTHING;
    }
    take_out(lane, pair, into, bytes);
  }
  unlock(lane);
  return pair != NULL;
}

bool lane_next(struct lane *lane, struct returned *into, uint8_t *bytes) {
  lock(lane);
  struct pair *pair = lane->back.first;
  if (pair) {
    unlink_from(&lane->back, pair);
    take_out(lane, pair, into, bytes);
  }
  unlock(lane);
  return pair != NULL;
}

void lane_totals(struct lane *lane, struct totals *into) {
  lock(lane);
  *into = lane->totals;
  unlock(lane);
}

void lane_close(struct lane *lane) {
  lock(lane);
  lane->closed = true;
  unlock(lane);
  uint64_t one = 1;
  while (write(lane->wake, &one, sizeof one) < 0 && errno == EINTR)
    ;
  pthread_join(lane->thread, NULL);
  drop(lane);
}
