/**
 * Modes that a program switches on (or, for the cursor, off) in the terminal
 * it draws on, with what undoes each. A program that is cut off cannot.
 */
const UNDO = new Map<string, { when: "h" | "l"; undo: string }>([
  ["1", { when: "h", undo: "\x1b[?1l" }], // application cursor keys
  ["7", { when: "l", undo: "\x1b[?7h" }], // no wrapping
  ["25", { when: "l", undo: "\x1b[?25h" }], // cursor hidden
  ["47", { when: "h", undo: "\x1b[?47l" }], // alternate screens
  ["1047", { when: "h", undo: "\x1b[?1047l" }],
  ["1049", { when: "h", undo: "\x1b[?1049l" }],
  ["1000", { when: "h", undo: "\x1b[?1000l" }], // mouse
  ["1002", { when: "h", undo: "\x1b[?1002l" }],
  ["1003", { when: "h", undo: "\x1b[?1003l" }],
  ["1005", { when: "h", undo: "\x1b[?1005l" }],
  ["1006", { when: "h", undo: "\x1b[?1006l" }],
  ["1015", { when: "h", undo: "\x1b[?1015l" }],
  ["1004", { when: "h", undo: "\x1b[?1004l" }], // focus
  ["2004", { when: "h", undo: "\x1b[?2004l" }], // bracketed paste
]);

/** Longer sequences are none of the above. */
const LONGEST_SEQUENCE = 64;

/** Remembers the modes that are on, and how to undo them. */
export interface TerminalModes {
  /** Sees what is written to the terminal, in pieces of any size. */
  saw(bytes: Uint8Array): void;
  /** What brings the terminal back to plain; empty if it is. */
  reset(): string;
}

/** Follows the modes of a terminal by what is written to it. */
export function followModes(): TerminalModes {
  const on = new Set<string>();
  let coloured = false;
  let carry = "";
  return {
    saw(bytes) {
      const text = carry + Buffer.from(bytes).toString("latin1");

      for (const [, modes, set] of text.matchAll(/\x1b\[\?([\d;]+)([hl])/g)) {
        for (const mode of (modes ?? "").split(";")) {
          if (UNDO.get(mode)?.when === set) on.add(mode);
          else on.delete(mode);
        }
      }

      for (const [, style] of text.matchAll(/\x1b\[([\d;]*)m/g)) {
        coloured = style !== "" && style !== "0";
      }
      carry = unfinished(text);
    },
    reset() {
      const undo = [...on].map((mode) => UNDO.get(mode)?.undo ?? "");
      on.clear();
      const plain = coloured ? "\x1b[0m" : "";
      coloured = false;
      return plain + undo.join("");
    },
  };
}

/** The beginning of a sequence at the end of the text, which the next piece may end. */
function unfinished(text: string): string {
  const start = text.lastIndexOf("\x1b");
  if (start < 0 || text.length - start > LONGEST_SEQUENCE) return "";
  const tail = text.slice(start);

  return /^\x1b(\[[?\d;]*)?$/.test(tail) ? tail : "";
}
