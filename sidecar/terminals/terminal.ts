import type { Pty } from "./pty.js";
import { createScreen } from "./screen.js";

const COLS = 80;
const ROWS = 24;

/** A viewer that has this much unsent is given a fresh screen instead. */
const MAX_UNSENT = 1024 * 1024;

/** How long a PTY whose program has let go of it may take to end. */
const FINISH_MS = 300;

/** Home, and everything erased: a screen is drawn on an empty one. */
const CLEAR = Buffer.from("\x1b[H\x1b[2J");

/**
 * A line inserted above the cursor's, which keeps its text and its column: in
 * the last row too, where the screen has to be scrolled first.
 */
const lineAbove = (text: string) =>
  Buffer.from(`\x1b7\n\x1b[A\r\x1b[L${text}\x1b8\x1b[B`);

/** Somebody who looks at a terminal and types into it. */
export interface Viewer {
  cols: number;
  rows: number;
  /** Takes bytes; `unsent` says how many wait. */
  send(data: Buffer): void;
  unsent(): number;
  size(cols: number, rows: number): void;
  end(message: string): void;
}

/** A PTY owned by the sidecar that any number of viewers share. */
export interface Terminal {
  readonly viewers: number;
  /** The size that the PTY begins with, in character cells. */
  readonly cols: number;
  readonly rows: number;
  attach(viewer: Viewer): Attachment;
  /** Shows a line of our own above the one that the cursor is in. */
  note(text: string): void;
  /** Goes on with another PTY, because the former one was lost. */
  rewire(pty: Pty): void;
  close(message: string): void;
  /** Closes as soon as the PTY has ended by itself: what was written last is shown. */
  finish(message: string): void;
}

/** What one viewer can do with a terminal. */
export interface Attachment {
  write(data: Buffer): void;
  resize(cols: number, rows: number): void;
  detach(): void;
}

/** What a viewer can do with a terminal that has ended. */
const NOTHING: Attachment = {
  write: () => undefined,
  resize: () => undefined,
  detach: () => undefined,
};

interface Seat {
  viewer: Viewer;
  /** A screen on its way to it. */
  drawing: Drawing | undefined;
}

interface Drawing {
  /** Output since the screen was taken. */
  pending: Buffer[];
  /** Settled once both have been sent. */
  sent: Promise<void>;
}

/**
 * One screen, many viewers, the smallest of them decides the size. It lasts
 * until it is closed: its PTY may end earlier and another take its place.
 */
export function createTerminal(first: Pty): Terminal {
  const seats = new Set<Seat>();
  let size = { cols: COLS, rows: ROWS };
  let closed = false;
  let pty = first;
  let full = false;
  // Output that never ends is read no faster than it can be shown.
  const screen = createScreen(COLS, ROWS, (now) => {
    full = now;
    if (full) pty.pause();
    else pty.resume();
  });

  const wire = () => {
    const wired = pty;
    wired.onData((data) => {
      if (!closed && wired === pty) show(data);
    });
  };

  const show = (data: Buffer) => {
    for (const seat of seats) pass(seat, data);
    // After them: somebody waits for the echo of a key.
    screen.write(data);
  };

  const pass = (seat: Seat, data: Buffer) => {
    if (seat.drawing) seat.drawing.pending.push(data);
    else if (seat.viewer.unsent() > MAX_UNSENT) redraw(seat);
    else seat.viewer.send(data);
  };

  const redraw = (seat: Seat, before?: Buffer) => {
    const pending: Buffer[] = [];
    seat.drawing = { pending, sent: draw(seat, pending, before) };
  };

  /**
   * Sends the screen once the viewer can take it, or nothing will follow; a slow
   * one never slows the PTY. Who has just come keeps what his own terminal shows
   * above it.
   */
  const draw = async (
    seat: Seat,
    pending: Buffer[],
    before: Buffer = CLEAR,
  ) => {
    while (seats.has(seat) && !closed && seat.viewer.unsent() > 0) {
      pending.length = 0;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    if (!seats.has(seat)) return;
    pending.length = 0;
    const picture = await screen.snapshot();
    if (!seats.has(seat)) return;
    seat.viewer.send(Buffer.concat([before, picture, ...pending]));
    seat.drawing = undefined;
  };

  const fit = () => {
    if (closed) return;
    const sizes = [...seats].map((seat) => seat.viewer);
    if (sizes.length === 0) return;
    const cols = Math.min(...sizes.map((viewer) => viewer.cols));
    const rows = Math.min(...sizes.map((viewer) => viewer.rows));
    if (cols === size.cols && rows === size.rows) return;
    size = { cols, rows };
    screen.resize(cols, rows);
    pty.resize(cols, rows);
    for (const viewer of sizes) viewer.size(cols, rows);
  };

  const close = (message: string) => {
    if (closed) return;
    closed = true;
    pty.kill();
    // Who came so late that the screen is on its way is shown that, then the end.
    const ends = [...seats].map(async (seat) => {
      if (seat.drawing) await seat.drawing.sent;
      if (seats.delete(seat)) seat.viewer.end(message);
    });
    void Promise.all(ends).then(() => screen.close());
  };

  wire();
  return {
    get viewers() {
      return seats.size;
    },
    cols: COLS,
    rows: ROWS,
    attach: (viewer) => {
      if (closed) {
        viewer.end("the thread went on");
        return NOTHING;
      }
      const seat: Seat = { viewer, drawing: undefined };
      seats.add(seat);
      fit();
      redraw(seat, Buffer.alloc(0));
      return {
        write: (data) => pty.write(data),
        resize: (cols, rows) => {
          viewer.cols = cols;
          viewer.rows = rows;
          fit();
        },
        detach: () => {
          seats.delete(seat);
          fit();
        },
      };
    },
    note: (text) => {
      if (!closed) show(lineAbove(text));
    },
    rewire: (next) => {
      pty.kill();
      pty = next;
      if (full) pty.pause();
      pty.resize(size.cols, size.rows);
      wire();
    },
    close,
    finish: (message) => {
      const timer = setTimeout(() => close(message), FINISH_MS);
      pty.onExit(() => {
        clearTimeout(timer);
        close(message);
      });
    },
  };
}
