import { get } from "../e2e/support/http.js";
import { capture, typed } from "./shell.js";
import { Unmet } from "./unmet.js";

/** What the shop answered. */
export interface Answer {
  status: number;
  body: string;
}

/** Types a request, with curl if it is there; the answer, however long it takes. */
export async function curl(url: string, background = ""): Promise<Answer> {
  const quoted = /[?&]/.test(url) ? `'${url}'` : url;
  if (!hasCurl) {
    typed(`GET ${quoted}${background}`);
    return get(url);
  }
  const command = `curl ${quoted}`;
  typed(`${command}${background}`);
  const { code, stdout, stderr } = await capture(command, 3600);
  if (code !== 0) {
    throw new Unmet(`${command} to be answered`, stderr.trim());
  }
  return { status: Number(stderr.slice(-3)), body: stdout };
}

/** The total of the order in an answer, which must be a good one. */
export function totalOf({ status, body }: Answer): string {
  if (status !== 200) throw new Unmet("status 200", `${status}\n${body}`);
  let order: unknown;
  try {
    order = JSON.parse(body);
  } catch {
    throw new Unmet("an order as JSON", body);
  }
  const { total } = order as { total?: unknown };
  if (typeof total !== "string") throw new Unmet("an order's total", body);
  return total;
}

const hasCurl = (await capture("curl --version")).code === 0;
