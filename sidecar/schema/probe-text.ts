/** One probe that could not be read, and what is accepted. */
export class ProbeSyntaxError extends Error {
  constructor(
    readonly item: string,
    readonly accepted: string,
  ) {
    super(`"${item}": ${accepted}`);
    this.name = "ProbeSyntaxError";
  }
}

const ACCEPTED =
  "must be path=GLOB or agent=GLOB, such as path=/alive or agent=my-lb/*";

/** Reads items such as `path=/alive` and `agent=my-lb/*`. */
export function parseProbes(items: string[]): {
  paths?: string[];
  userAgents?: string[];
} {
  const paths: string[] = [];
  const userAgents: string[] = [];
  for (const item of items) {
    const [, kind, glob] = /^(path|agent)=(.+)$/s.exec(item) ?? [];
    if (!kind || !glob) throw new ProbeSyntaxError(item, ACCEPTED);
    if (kind === "path" && !/^[/*]/.test(glob)) {
      throw new ProbeSyntaxError(item, 'a path must begin with "/" or "*"');
    }
    (kind === "path" ? paths : userAgents).push(glob);
  }
  return {
    ...(paths.length > 0 && { paths }),
    ...(userAgents.length > 0 && { userAgents }),
  };
}
