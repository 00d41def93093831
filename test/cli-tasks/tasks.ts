/** A task in the words of its user, and what who knows kubectl types first. */
export interface Task {
  wants: string;
  /** A line of shell, in which nothing has to be looked up but by --help. */
  types: string;
}

/** What the command line is measured by: written down before, done at the first guess. */
export const TASKS = {
  pause: {
    wants:
      "Pause the next request of alice at line 42 when the total is negative",
    types:
      "sidestep debug shop --match header:x-debug=alice --breakpoint shop/views.py:42 --if 'order.total < 0'",
  },
  wait: {
    wants: "Do not go on in my script until a request is paused",
    types: "sidestep wait session/shop --for=condition=Paused --timeout=60s",
  },
  locals: {
    wants: "Show me the local variables where it is paused",
    types: "echo 'p locals()' | sidestep attach session/shop",
  },
  pin: {
    wants: "Copy the PIN of the debugger in the browser, and nothing else",
    types: "sidestep get session shop -o jsonpath='{.status.pin}'",
  },
  paused: {
    wants: "What is paused now, who waits for it, and for how long?",
    types: "sidestep get pauses -o wide",
  },
  continue: {
    wants: "Let that request go on",
    types: "sidestep continue pause/3f9c2a1b",
  },
  logpoint: {
    wants: "Log a value each time that a line is run, without pausing anybody",
    types:
      "sidestep create breakpoint shop/views.py:42 --log 'total={order.total}'",
  },
  logs: {
    wants: "Follow the log of what I debug",
    types: "sidestep logs -f session/shop --tail=20",
  },
  events: {
    wants: "What has happened to my session?",
    types: "sidestep events --for session/shop",
  },
  all: {
    wants: "End all of it; everything shall be as before",
    types: "sidestep delete sessions --all",
  },
} satisfies Record<string, Task>;
