const SCROLLBACK = 1000;

/** The emulator is loaded so long after the first output, or with so much of it. */
const LOAD_AFTER_MS = 1_000;
const LOAD_AT_BYTES = 16 * 1024;

const BELL = 0x07;

/** With so much that it has not taken in yet it wants no more, and goes on below the other. */
const FULL_BYTES = 1024 * 1024;
const EMPTY_BYTES = 128 * 1024;

/** What a terminal shows now, kept so that a late viewer sees it as it is. */
export interface Screen {
  write(data: Buffer): void;
  resize(cols: number, rows: number): void;
  /** The bytes that draw the screen, with its scrollback, on an empty one. */
  snapshot(): Promise<Buffer>;
  close(): void;
}

type Emulator = Awaited<ReturnType<typeof loadEmulator>>;

/**
 * An empty screen of this size, in character cells. At first it is the bytes
 * themselves: loading the emulator takes as long as all the rest of a pause,
 * and 15 MB that a session without one does not need.
 * @param onFull called with true when what writes has to wait, and with false when it may go on
 */
export function createScreen(
  cols: number,
  rows: number,
  onFull: (full: boolean) => void = () => {},
): Screen {
  let raw: Buffer[] = [];
  let bytes = 0;
  let size = { cols, rows };
  let timer: NodeJS.Timeout | undefined;
  let emulator: Emulator | undefined;
  let loading = false;
  let closed = false;
  let behind = 0;
  let full = false;

  const taken = (length: number) => {
    behind -= length;
    if (!full || behind > EMPTY_BYTES || closed) return;
    full = false;
    onFull(false);
  };
  const give = ({ terminal }: Emulator, data: Buffer) =>
    terminal.write(data, () => taken(data.length));

  const load = async () => {
    if (loading || closed) return;
    loading = true;
    const loaded = await loadEmulator(size.cols, size.rows);
    if (closed) return loaded.terminal.dispose();
    loaded.terminal.resize(size.cols, size.rows);
    for (const data of raw) give(loaded, data);
    raw = [];
    emulator = loaded;
  };

  return {
    write: (data) => {
      if (closed) return;
      behind += data.length;
      if (!full && behind > FULL_BYTES) {
        full = true;
        onFull(true);
      }
      if (emulator) return give(emulator, data);
      raw.push(data);
      bytes += data.length;
      timer ??= setTimeout(() => void load(), LOAD_AFTER_MS).unref();
      if (bytes > LOAD_AT_BYTES) void load();
    },
    resize: (c, r) => {
      size = { cols: c, rows: r };
      emulator?.terminal.resize(c, r);
    },
    snapshot: async () => {
      if (closed) return Buffer.alloc(0);
      if (!emulator) {
        return Buffer.from(Buffer.concat(raw).filter((b) => b !== BELL));
      }
      const { terminal, serializer } = emulator;
      // A write of nothing calls back when all before it has been parsed.
      return new Promise((resolve) =>
        terminal.write("", () =>
          resolve(Buffer.from(closed ? "" : serializer.serialize())),
        ),
      );
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
      emulator?.terminal.dispose();
    },
  };
}

async function loadEmulator(cols: number, rows: number) {
  const [{ default: xterm }, { SerializeAddon }] = await Promise.all([
    import("@xterm/headless"),
    import("@xterm/addon-serialize"),
  ]);
  const terminal = new xterm.Terminal({
    cols,
    rows,
    scrollback: SCROLLBACK,
    allowProposedApi: true,
  });
  const serializer = new SerializeAddon();
  terminal.loadAddon(serializer);
  return { terminal, serializer };
}
