// The lane (lane.c) as an addon of Node: what JavaScript lends it, and what
// comes back, which is told in Node's own thread.
#define NAPI_VERSION 8
#include <node_api.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "lane.h"

// Where JavaScript finds a pair that came back; figures are as in struct totals.
enum { WHY, COUNT, BUSY, ANSWERING, STATUS, REMAINING, AGE, RESTED, LINE_LENGTH };

struct plane {
  napi_env env;
  napi_ref back, memory[4];
  napi_async_context context;
  napi_async_cleanup_hook_handle hook;
  uv_async_t async;
  struct lane *lane;
  // Memory that JavaScript sees, too.
  uint8_t *bytes, *line;
  double *state, *figures;
  size_t limits;
  struct returned returned;
};

static void show(struct plane *plane) {
  const struct returned *returned = &plane->returned;
  double *state = plane->state;
  state[WHY] = returned->why;
  state[COUNT] = (double)returned->count;
  state[BUSY] = returned->busy;
  state[ANSWERING] = returned->answering;
  state[STATUS] = returned->status;
  state[REMAINING] = (double)returned->remaining;
  state[AGE] = returned->age;
  state[RESTED] = returned->rested;
  state[LINE_LENGTH] = (double)returned->line_length;
  memcpy(plane->line, returned->line, returned->line_length);
}

// In the lane's thread.
static void notify(void *data) {
  struct plane *plane = data;
  uv_async_send(&plane->async);
}

static void call(struct plane *plane, uint32_t slot) {
  napi_env env = plane->env;
  napi_handle_scope scope;
  napi_value callback, receiver, argument, result;
  napi_open_handle_scope(env, &scope);
  napi_get_reference_value(env, plane->back, &callback);
  napi_get_global(env, &receiver);
  napi_create_uint32(env, slot, &argument);
  if (napi_make_callback(env, plane->context, receiver, callback, 1, &argument,
                         &result) == napi_pending_exception) {
    napi_value error;
    napi_get_and_clear_last_exception(env, &error);
    napi_fatal_exception(env, error);
  }
  napi_close_handle_scope(env, scope);
}

static void on_back(uv_async_t *async) {
  struct plane *plane = async->data;
  // What is called may close the lane.
  while (plane->lane && lane_next(plane->lane, &plane->returned, plane->bytes)) {
    show(plane);
    call(plane, plane->returned.slot);
  }
}

static struct plane *plane_of(napi_env env, napi_callback_info info, size_t *argc,
                              napi_value *argv) {
  void *data;
  napi_get_cb_info(env, info, argc, argv, NULL, &data);
  return data;
}

static napi_value boolean(napi_env env, bool value) {
  napi_value result;
  napi_get_boolean(env, value, &result);
  return result;
}

// add(slot, client, app): whether the pair was taken.
static napi_value add(napi_env env, napi_callback_info info) {
  size_t argc = 3;
  napi_value argv[3];
  struct plane *plane = plane_of(env, info, &argc, argv);
  uint32_t slot = 0;
  int32_t client = -1, app = -1;
  napi_get_value_uint32(env, argv[0], &slot);
  napi_get_value_int32(env, argv[1], &client);
  napi_get_value_int32(env, argv[2], &app);
  return boolean(env, plane->lane && lane_add(plane->lane, slot, client, app));
}

// remove(slot): takes a pair back whatever it does; whether it was there.
static napi_value take(napi_env env, napi_callback_info info) {
  size_t argc = 1;
  napi_value argv[1];
  struct plane *plane = plane_of(env, info, &argc, argv);
  uint32_t slot = 0;
  napi_get_value_uint32(env, argv[0], &slot);
  bool found = plane->lane &&
               lane_remove(plane->lane, slot, &plane->returned, plane->bytes);
  if (found) show(plane);
  return boolean(env, found);
}

// Copies texts; false where they do not fit.
static bool texts(napi_env env, napi_value array, struct name *into, size_t most,
                  size_t *count) {
  uint32_t length = 0;
  napi_get_array_length(env, array, &length);
  *count = length;
  if (length > most) return false;
  for (uint32_t i = 0; i < length; i++) {
    napi_value item;
    napi_get_element(env, array, i, &item);
    if (napi_get_value_string_utf8(env, item, into[i].text, MAX_NAME,
                                   &into[i].length) != napi_ok ||
        into[i].length == 0 || into[i].length >= MAX_NAME - 1)
      return false;
  }
  return true;
}

// look(names, needles, prefixes): what makes a request one for JavaScript; whether all of it fits.
static napi_value look(napi_env env, napi_callback_info info) {
  size_t argc = 3;
  napi_value argv[3];
  struct plane *plane = plane_of(env, info, &argc, argv);
  struct rules *rules = calloc(1, sizeof *rules);
  bool good =
      rules && plane->lane &&
      texts(env, argv[0], rules->names.each, MAX_NAMES, &rules->names.count) &&
      texts(env, argv[1], rules->needle, MAX_NEEDLES, &rules->needles) &&
      texts(env, argv[2], rules->prefix, MAX_PREFIXES, &rules->prefixes);
  if (good) lane_look(plane->lane, rules);
  free(rules);
  return boolean(env, good);
}

// count(): brings the figures up to date.
static napi_value count(napi_env env, napi_callback_info info) {
  size_t argc = 0;
  struct plane *plane = plane_of(env, info, &argc, NULL);
  if (!plane->lane) return NULL;
  struct totals totals;
  lane_totals(plane->lane, &totals);
  double *figures = plane->figures;
  *figures++ = totals.taken;
  *figures++ = totals.received;
  *figures++ = totals.sent;
  *figures++ = totals.milliseconds;
  memcpy(figures, totals.ended, sizeof totals.ended);
  memcpy(figures + 6, totals.latencies, (plane->limits + 1) * sizeof *figures);
  return NULL;
}

static void shut(struct plane *plane) {
  if (!plane->lane) return;
  lane_close(plane->lane);
  plane->lane = NULL;
}

// close(): ends the thread; the object is of no use after.
static napi_value finish(napi_env env, napi_callback_info info) {
  size_t argc = 0;
  shut(plane_of(env, info, &argc, NULL));
  return NULL;
}

static void on_closed(uv_handle_t *handle) {
  struct plane *plane = handle->data;
  if (plane->hook) napi_remove_async_cleanup_hook(plane->hook);
  free(plane);
}

static void at_exit(napi_async_cleanup_hook_handle hook, void *data) {
  struct plane *plane = data;
  plane->hook = hook;
  shut(plane);
  uv_close((uv_handle_t *)&plane->async, on_closed);
}

static napi_value failed(napi_env env, struct plane *plane, const char *why) {
  free(plane);
  napi_throw_error(env, NULL, why);
  return NULL;
}

// open(bytes, line, state, figures, limits, back): a plane, with memory that both sides see.
static napi_value open_plane(napi_env env, napi_callback_info info) {
  size_t argc = 6;
  napi_value argv[6], result, name, resource;
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  struct plane *plane = calloc(1, sizeof *plane);
  uv_loop_t *loop;
  if (!plane || napi_get_uv_event_loop(env, &loop) != napi_ok)
    return failed(env, plane, "no memory, or no event loop");
  void *data[5];
  size_t length[5];
  for (int i = 0; i < 5; i++)
    if (napi_get_typedarray_info(env, argv[i], NULL, &length[i], &data[i], NULL,
                                 NULL) != napi_ok)
      return failed(env, plane, "memory that is none");
  if (length[0] < LANE_SIZE || length[1] < LANE_LINE || length[2] <= LINE_LENGTH ||
      length[4] > MAX_LIMITS || length[3] < 10 + length[4] + 1)
    return failed(env, plane, "too little memory");
  plane->env = env;
  plane->bytes = data[0];
  plane->line = data[1];
  plane->state = data[2];
  plane->figures = data[3];
  plane->limits = length[4];
  plane->async.data = plane;
  if (uv_async_init(loop, &plane->async, on_back) != 0)
    return failed(env, plane, "no handle");
  uv_unref((uv_handle_t *)&plane->async);
  plane->lane = lane_open(data[4], plane->limits, notify, plane);
  if (!plane->lane) {
    uv_close((uv_handle_t *)&plane->async, on_closed);
    napi_throw_error(env, NULL, "no thread, or no descriptors for it");
    return NULL;
  }
  for (int i = 0; i < 4; i++)
    napi_create_reference(env, argv[i], 1, &plane->memory[i]);
  napi_create_reference(env, argv[5], 1, &plane->back);
  napi_create_string_utf8(env, "sidestep", NAPI_AUTO_LENGTH, &name);
  napi_create_object(env, &resource);
  napi_async_init(env, resource, name, &plane->context);
  napi_add_async_cleanup_hook(env, at_exit, plane, NULL);
  napi_create_object(env, &result);
  const napi_property_descriptor methods[] = {
      {"add", NULL, add, NULL, NULL, NULL, napi_default, plane},
      {"remove", NULL, take, NULL, NULL, NULL, napi_default, plane},
      {"look", NULL, look, NULL, NULL, NULL, napi_default, plane},
      {"count", NULL, count, NULL, NULL, NULL, napi_default, plane},
      {"close", NULL, finish, NULL, NULL, NULL, napi_default, plane},
  };
  napi_define_properties(env, result, sizeof methods / sizeof *methods, methods);
  return result;
}

NAPI_MODULE_INIT() {
  napi_value open;
  napi_create_function(env, "open", NAPI_AUTO_LENGTH, open_plane, NULL, &open);
  napi_set_named_property(env, exports, "open", open);
  return exports;
}
