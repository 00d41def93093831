import xterm from "@xterm/headless";

/** What a terminal shows after this output: a log cannot erase or move. */
export async function rendered(
  output: string,
  size: { cols: number; rows: number },
): Promise<string> {
  const terminal = new xterm.Terminal({ ...size, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write(output, resolve));
  const { active } = terminal.buffer;
  const lines = Array.from(
    { length: active.length },
    (_, at) => active.getLine(at)?.translateToString(true) ?? "",
  );
  terminal.dispose();
  return lines.join("\n").trim();
}
