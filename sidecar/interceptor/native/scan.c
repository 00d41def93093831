#include "scan.h"

#include <string.h>

#define MAX_HEAD (64 * 1024)

enum { TOKEN = 1, TARGET = 2, VALUE = 4 };

static bool is_kind(uint8_t byte, int kind) {
  if (kind == VALUE) return (byte >= 32 && byte != 127) || byte == '\t';
  if (kind == TARGET) return byte > 32 && byte < 127;
  if ((byte >= '0' && byte <= '9') || ((byte | 32) >= 'a' && (byte | 32) <= 'z'))
    return true;
  return byte && strchr("!#$%&'*+-.^_`|~", byte) != NULL;
}

static uint8_t kinds[256];

__attribute__((constructor)) static void fill(void) {
  for (int byte = 0; byte < 256; byte++)
    for (int kind = TOKEN; kind <= VALUE; kind *= 2)
      if (is_kind((uint8_t)byte, kind)) kinds[byte] |= (uint8_t)kind;
}

// What the headers say about framing.
struct framing {
  int hosts, lengths;
  uint64_t length;
  bool keep_alive;
  bool close;
};

static bool is_blank(uint8_t byte) { return byte == ' ' || byte == '\t'; }

static bool is(const uint8_t *at, size_t length, const char *name) {
  for (size_t i = 0; i < length; i++) {
    uint8_t byte = at[i];
    if (byte >= 'A' && byte <= 'Z') byte |= 32;
    if (byte != (uint8_t)name[i]) return false;
  }
  return true;
}

static bool digits(const uint8_t *at, size_t length, uint64_t *number) {
  if (length == 0 || length > 15) return false;
  *number = 0;
  for (size_t i = 0; i < length; i++) {
    if (at[i] < '0' || at[i] > '9') return false;
    *number = *number * 10 + (at[i] - '0');
  }
  return true;
}

// Notes what a header says; false where it is for JavaScript.
static bool header(const uint8_t *name, size_t length, const uint8_t *value,
                   size_t size, struct framing *into) {
  switch (length) {
    case 4:
      if (is(name, 4, "host")) into->hosts++;
      return true;
    case 6:
      return !is(name, 6, "expect");
    case 7:
      return !is(name, 7, "upgrade");
    case 10:
      if (!is(name, 10, "connection")) return true;
      if (into->keep_alive || into->close) return false;
      into->keep_alive = size == 10 && is(value, 10, "keep-alive");
      into->close = size == 5 && is(value, 5, "close");
      return into->keep_alive || into->close;
    case 14:
      if (!is(name, 14, "content-length")) return true;
      return ++into->lengths == 1 && digits(value, size, &into->length);
    case 17:
      return !is(name, 17, "transfer-encoding");
    default:
      return true;
  }
}

// Reads header lines up to and with the empty one; 0 where one is not plain.
static size_t scan_headers(const uint8_t *bytes, size_t end, size_t from,
                           const struct names *names, struct framing *into) {
  size_t i = from;
  memset(into, 0, sizeof *into);
  for (;;) {
    size_t name = i;
    while (i < end && kinds[bytes[i]] & TOKEN) i++;
    if (i == name)
      return i + 1 < end && bytes[i] == '\r' && bytes[i + 1] == '\n' ? i + 2 : 0;
    if (i >= end || bytes[i] != ':') return 0;
    size_t length = i - name;
    size_t value = ++i;
    while (i < end && kinds[bytes[i]] & VALUE) i++;
    if (i + 1 >= end || bytes[i] != '\r' || bytes[i + 1] != '\n') return 0;
    size_t stop = i;
    while (value < stop && is_blank(bytes[value])) value++;
    while (stop > value && is_blank(bytes[stop - 1])) stop--;
    if (!header(bytes + name, length, bytes + value, stop - value, into))
      return 0;
    for (size_t k = 0; names && k < names->count; k++)
      if (names->each[k].length == length &&
          is(bytes + name, length, names->each[k].text))
        return 0;
    i += 2;
  }
}

static int version_at(const uint8_t *at) {
  if (memcmp(at, "HTTP/1.", 7) != 0) return -1;
  return at[7] == '0' || at[7] == '1' ? at[7] - '0' : -1;
}

static bool keeps(int minor, const struct framing *framing) {
  return minor == 1 ? !framing->close : framing->keep_alive;
}

size_t scan_request(const uint8_t *bytes, size_t end, const struct names *names,
                    struct line *line) {
  size_t i = 0;
  while (i < end && kinds[bytes[i]] & TOKEN) i++;
  if (i == 0 || i >= end || bytes[i] != ' ') return 0;
  size_t method = i;
  size_t target = ++i;
  while (i < end && kinds[bytes[i]] & TARGET) i++;
  if (i == target || i + 11 > end || bytes[i] != ' ') return 0;
  int minor = version_at(bytes + i + 1);
  if (minor < 0 || bytes[i + 9] != '\r' || bytes[i + 10] != '\n') return 0;
  struct framing framing;
  size_t stop = scan_headers(bytes, end, i + 11, names, &framing);
  if (stop == 0 || stop > MAX_HEAD || framing.hosts > 1) return 0;
  if (framing.length > 0 || !keeps(minor, &framing)) return 0;
  // The answer to a CONNECT is a tunnel.
  if (method == 7 && memcmp(bytes, "CONNECT", 7) == 0) return 0;
  line->to_head = method == 4 && memcmp(bytes, "HEAD", 4) == 0;
  line->target = target;
  line->end = i;
  return stop;
}

size_t scan_response(const uint8_t *bytes, size_t end, bool to_head,
                     struct response *into) {
  if (end < 14) return 0;
  int minor = version_at(bytes);
  uint64_t status;
  if (minor < 0 || bytes[8] != ' ' || !digits(bytes + 9, 3, &status)) return 0;
  if (status < 200) return 0;
  size_t i = 12;
  if (bytes[i] == ' ')
    while (i < end && kinds[bytes[i]] & VALUE) i++;
  if (i + 2 > end || bytes[i] != '\r' || bytes[i + 1] != '\n') return 0;
  struct framing framing;
  size_t stop = scan_headers(bytes, end, i + 2, NULL, &framing);
  if (stop == 0 || stop > MAX_HEAD || !keeps(minor, &framing)) return 0;
  bool bodiless = to_head || status == 204 || status == 304;
  if (!bodiless && framing.lengths == 0) return 0;
  into->status = (int)status;
  into->length = bodiless ? 0 : framing.length;
  return stop;
}
