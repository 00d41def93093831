const SCROLLBACK = 1000;

/** What a terminal shows now, kept so that a late viewer sees it as it is. */
export interface Screen {
  write(data: Buffer): void;
  resize(cols: number, rows: number): void;
  /** The bytes that draw the screen, with its scrollback, on an empty one. */
  snapshot(): Promise<Buffer>;
  close(): void;
}

/** An empty screen of this size, in character cells. */
export function createScreen(cols: number, rows: number): Screen {
  // What is asked of it is done in order, once the emulator is loaded.
  const loading = emulator(cols, rows);
  let closed = false;
  return {
    write: (data) => void loading.then(({ terminal }) => terminal.write(data)),
    resize: (c, r) =>
      void loading.then(({ terminal }) => terminal.resize(c, r)),
    snapshot: async () => {
      const { terminal, serializer } = await loading;
      // A write of nothing calls back when all before it has been parsed.
      return new Promise((resolve) =>
        terminal.write("", () =>
          resolve(Buffer.from(closed ? "" : serializer.serialize())),
        ),
      );
    },
    close: () => {
      closed = true;
      void loading.then(({ terminal }) => terminal.dispose());
    },
  };
}

/** Loaded with the first pause: 15 MB that a session without one does not need. */
async function emulator(cols: number, rows: number) {
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
