/** The keys that leave a terminal without ending it, as Docker and kubectl have them. */
export const DEFAULT_DETACH_KEYS = "ctrl-p,ctrl-q";

/** What `--detach-keys` takes. */
export const DETACH_KEYS_ACCEPTED =
  'must be keys separated by commas, each a character or ctrl- and one of a-z @ [ \\ ] ^ _, such as ctrl-p,ctrl-q; or "" for none';

/** The bytes of a sequence written as `ctrl-p,ctrl-q`; undefined: not a sequence. */
export function parseDetachKeys(text: string): Uint8Array | undefined {
  if (text === "") return new Uint8Array();
  const bytes = text.split(",").map(keyByte);
  return bytes.includes(undefined)
    ? undefined
    : Uint8Array.from(bytes as number[]);
}

function keyByte(key: string): number | undefined {
  const control = /^ctrl-([a-z@[\\\]^_])$/.exec(key)?.[1];
  if (control) return control.toUpperCase().charCodeAt(0) - 64;
  return /^[\x21-\x7e]$/.test(key) ? key.charCodeAt(0) : undefined;
}

/** What of the typed bytes goes on to the remote side, and whether to leave. */
export interface Typed {
  pass: Uint8Array;
  detach: boolean;
}

/**
 * Watches for the sequence in what is typed. Bytes that may begin it are held
 * back until the next ones tell; nothing else is delayed.
 */
export function detachWatcher(
  sequence: Uint8Array,
): (typed: Uint8Array) => Typed {
  let matched = 0;
  return (typed) => {
    if (sequence.length === 0) return { pass: typed, detach: false };
    const pass: number[] = [];
    for (const byte of typed) {
      matched = advance(sequence, matched, byte, pass);
      if (matched === sequence.length) {
        matched = 0;
        return { pass: Uint8Array.from(pass), detach: true };
      }
    }
    return { pass: Uint8Array.from(pass), detach: false };
  };
}

/** How much of the sequence is matched after this byte; what cannot belong to it is passed. */
function advance(
  sequence: Uint8Array,
  matched: number,
  byte: number,
  pass: number[],
): number {
  const held = [...sequence.subarray(0, matched), byte];
  while (!held.every((each, index) => each === sequence[index])) {
    pass.push(held.shift() as number);
  }
  return held.length;
}
