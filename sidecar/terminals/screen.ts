import { SerializeAddon } from "@xterm/addon-serialize";
import xterm from "@xterm/headless";

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
  const terminal = new xterm.Terminal({
    cols,
    rows,
    scrollback: SCROLLBACK,
    allowProposedApi: true,
  });
  const serializer = new SerializeAddon();
  terminal.loadAddon(serializer);
  return {
    write: (data) => terminal.write(data),
    resize: (c, r) => terminal.resize(c, r),
    // A write of nothing calls back when all before it has been parsed.
    snapshot: () =>
      new Promise((resolve) =>
        terminal.write("", () => resolve(Buffer.from(serializer.serialize()))),
      ),
    close: () => terminal.dispose(),
  };
}
