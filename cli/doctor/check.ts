/** What was looked at, and what was found. */
export interface Check {
  /** Such as engine, or target/shop. */
  check: string;
  status: "ok" | "warning" | "failure";
  message: string;
  /** What to run, or to do, so that it becomes ok. */
  fix?: string;
}

export const ok = (check: string, message: string): Check => ({
  check,
  status: "ok",
  message,
});

export const warning = (
  check: string,
  message: string,
  fix: string,
): Check => ({ check, status: "warning", message, fix });

export const failure = (
  check: string,
  message: string,
  fix: string,
): Check => ({ check, status: "failure", message, fix });
