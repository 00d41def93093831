#ifndef SIDESTEP_LANE_H
#define SIDESTEP_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scan.h"

#define LANE_SIZE (64 * 1024)
#define LANE_LINE 256
#define MAX_NEEDLES 4
#define MAX_PREFIXES 16
#define MAX_LIMITS 32

// What makes a request one for JavaScript, which chooses where it goes.
struct rules {
  struct names names;
  size_t needles, prefixes;
  struct name needle[MAX_NEEDLES], prefix[MAX_PREFIXES];
};

// All figures since the lane was opened.
struct totals {
  double taken, received, sent, milliseconds;
  // By the class of their status, as 2 is 2xx.
  double ended[6];
  // Latencies up to each limit, and above the last.
  double latencies[MAX_LIMITS + 1];
};

// Why a pair is given back. Its bytes, if any, were read of the client or of the
// app, or are what the app or the client is to be sent still.
enum why { NOTHING, FROM_CLIENT, FROM_APP, TO_APP, TO_CLIENT, CLIENT_FAILED, APP_FAILED };

// How a pair of connections was found when it came back.
struct returned {
  uint32_t slot;
  enum why why;
  // A request was sent, whose response is not complete, or has begun even.
  bool busy, answering;
  int status;
  uint64_t remaining;
  // How long ago the request came, and the pair came to rest, in milliseconds.
  double age, rested;
  size_t line_length, count;
  uint8_t line[LANE_LINE];
};

struct lane;

// Opens a lane with a thread of its own; `notify` is called there when pairs came back.
struct lane *lane_open(const double *limits, size_t count, void (*notify)(void *), void *data);
void lane_look(struct lane *lane, const struct rules *rules);
// Takes a pair at rest; false where it cannot.
bool lane_add(struct lane *lane, uint32_t slot, int client, int app);
// Takes a pair back whatever it does, with up to LANE_SIZE bytes; false where there is none.
bool lane_remove(struct lane *lane, uint32_t slot, struct returned *into, uint8_t *bytes);
// The next pair that came back by itself; false where there is none.
bool lane_next(struct lane *lane, struct returned *into, uint8_t *bytes);
void lane_totals(struct lane *lane, struct totals *into);
// Ends the thread, and lets go of everything; the descriptors are the caller's as ever.
void lane_close(struct lane *lane);

#endif
