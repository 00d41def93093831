// The scan of plain heads (scan.ts) once more, byte for byte the same rules,
// for the lane without JavaScript. What it does not take goes to that.
#ifndef SIDESTEP_SCAN_H
#define SIDESTEP_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_NAMES 64
#define MAX_NAME 128

struct name {
  size_t length;
  char text[MAX_NAME];
};

// Header names in lower case; a request that has one of them is for JavaScript.
struct names {
  size_t count;
  struct name each[MAX_NAMES];
};

// A request's first line, as far as it concerns its way.
struct line {
  bool to_head;
  // Where its target begins and ends.
  size_t target, end;
};

struct response {
  int status;
  uint64_t length;
};

// Where the plain, bodiless request ends that keeps its connection, and has
// none of the names; 0 where there is something else, or not all of it.
size_t scan_request(const uint8_t *bytes, size_t end, const struct names *names,
                    struct line *line);

// Where the head of the plain response ends that keeps its connection and whose
// length is known; 0 where there is something else, or not all of it.
size_t scan_response(const uint8_t *bytes, size_t end, bool to_head,
                     struct response *into);

#endif
