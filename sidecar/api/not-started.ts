import type { Piece } from "../../docker/engine/demux.js";

/** The Engine writes it to the output of a command that it could not start. */
const REFUSAL = /^OCI runtime exec failed: /;

/** Its words where the command itself is the reason, after those of the layers that pass it on. */
const OF_COMMAND = /\bexec: ".*?": (.*)$/s;

/** What shells end with where there is no such command. */
const NO_SUCH_COMMAND = 127;
/** What the Engine ends with where a command could not be started; newer ones know 127 too. */
const REFUSED = [126, NO_SUCH_COMMAND];

/** Tells the Engine's own words from what a command writes. */
export interface RefusalWatch {
  /** What may be passed on now. */
  pass(piece: Piece): Piece[];
  /** How it ended: its code, and why it did not begin or what is still to be passed on. */
  end(code: number): { code: number; failure?: string; rest: Piece[] };
}

/** Holds back a first piece that may be the Engine's, until the exit code tells. */
export function refusalWatch(): RefusalWatch {
  let first = true;
  let held: Piece[] = [];
  return {
    pass(piece) {
      if (first && REFUSAL.test(piece.data.toString())) {
        held = [piece];
        first = false;
        return [];
      }
      first = false;
      const pieces = [...held, piece];
      held = [];
      return pieces;
    },
    end(code) {
      const [piece] = held;
      if (!piece || !REFUSED.includes(code)) return { code, rest: held };
      const said = piece.data
        .toString()
        .trim()
        .replace(/: unknown$/, "");
      const [, failure] = OF_COMMAND.exec(said) ?? [];
      const missing = /not found|no such file/.test(failure ?? "");
      return {
        code: missing ? NO_SUCH_COMMAND : code,
        failure: failure ?? said,
        rest: [],
      };
    },
  };
}
