const SCROLLBACK = 1000;

/** A screen that is older than this, or has had more output, is drawn by the emulator. */
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
 * What the emulator has not been given yet, in order: output, another size, and
 * who wants to know when it has all that came before.
 */
type Kept =
  Buffer | { cols: number; rows: number } | ((emulator: Emulator) => void);

/**
 * An empty screen of this size, in character cells. At first it is the bytes
 * themselves: the emulator takes as long to load as all the rest of a pause,
 * each of its screens takes some of that again, and of many pauses most are
 * looked at by nobody.
 * @param onFull called with true when what writes has to wait, and with false when it may go on
 */
export function createScreen(
  cols: number,
  rows: number,
  onFull: (full: boolean) => void = () => {},
): Screen {
  let raw: Kept[] = [];
  let bytes = 0;
  let begun: number | undefined;
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
    const loaded = await loadEmulator(cols, rows);
    // More may come while it takes this in: that is next.
    for (const each of raw) {
      if (closed) break;
      if (Buffer.isBuffer(each)) give(loaded, each);
      else if (typeof each === "function") each(loaded);
      else {
        await new Promise<void>((done) => loaded.terminal.write("", done));
        loaded.terminal.resize(each.cols, each.rows);
      }
    }
    raw = [];
    if (closed) loaded.terminal.dispose();
    else emulator = loaded;
  };

  const picture = ({ terminal, serializer }: Emulator) =>
    new Promise<Buffer>((resolve) => {
      // A write of nothing calls back when all before it has been parsed.
      terminal.write("", () =>
        resolve(Buffer.from(closed ? "" : serializer.serialize())),
      );
    });

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
      begun ??= Date.now();
      if (bytes > LOAD_AT_BYTES) void load();
    },
    resize: (c, r) => {
      if (emulator) emulator.terminal.resize(c, r);
      else raw.push({ cols: c, rows: r });
    },
    snapshot: async () => {
      if (closed) return Buffer.alloc(0);
      if (emulator) return picture(emulator);
      const age = Date.now() - (begun ?? Infinity);
      if (!loading && age < LOAD_AFTER_MS) {
        const output = raw.filter((each) => Buffer.isBuffer(each));
        return Buffer.from(Buffer.concat(output).filter((b) => b !== BELL));
      }
      return new Promise((resolve) => {
        raw.push((loaded) => resolve(picture(loaded)));
        void load();
      });
    },
    close: () => {
      closed = true;
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
