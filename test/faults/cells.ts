import { FAULTS, type Fault } from "./faults.js";
import { senseless } from "./promises.js";
import { STAGES, type Stage } from "./stages.js";
import { VICTIMS, type Victim } from "./victims.js";

export type Cell = [Victim, Fault, Stage];

/** For words that a shell would have to be told are one. */
const SHORT: Record<string, string> = {
  rm: "docker rm -f",
  oom: "out of memory",
  engine: "Engine",
  "live-restore": "Engine, live-restore",
  "new-socket": "Engine, live-restore, new socket",
};

/**
 * The cells that the arguments name: words of any column, such as
 * `interceptor SIGKILL paused`; a column that none of them is of is whole.
 * @throws where a word is of no column
 */
export function chosen(
  args: readonly string[],
  minutes: number,
): { cells: Cell[]; minutes: number } {
  const words = args.map((word) => SHORT[word] ?? word);
  const at = words.indexOf("--minutes");
  if (at >= 0) {
    const limit = Number(words.splice(at, 2)[1]);
    if (!(limit > 0)) throw new Error("--minutes takes a number above 0");
    minutes = limit;
  }
  const known: readonly string[] = [...VICTIMS, ...FAULTS, ...STAGES];
  const unknown = words.find((word) => !known.includes(word));
  if (unknown !== undefined)
    throw new Error(`"${unknown}" is none of: ${known.join(", ")}`);
  const of = <T extends string>(column: readonly T[]): T[] => {
    const named = column.filter((each) => words.includes(each));
    return named.length > 0 ? named : [...column];
  };
  const cells: Cell[] = [];
  // The stages that matter most come first, so that a run that is cut has them.
  for (const stage of of(["ready", "paused", "starting", "draining"] as const))
    for (const victim of of(VICTIMS))
      for (const fault of of(FAULTS))
        if (senseless(victim, fault, stage) === undefined)
          cells.push([victim, fault, stage]);
  return { cells, minutes };
}
