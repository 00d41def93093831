/** One measured figure: a row of the table. */
export interface Figure {
  what: string;
  /** As it is printed, with its unit and what it is compared with. */
  measured: string;
  goal: string;
  /** Absent: it is only reported. */
  pass?: boolean;
}

/** A figure without a goal. */
export function reported(what: string, measured: string): Figure {
  return { what, measured, goal: "none, reported" };
}

/** A figure with a goal. */
export function judged(
  what: string,
  measured: string,
  goal: string,
  pass: boolean,
): Figure {
  return { what, measured, goal, pass };
}
