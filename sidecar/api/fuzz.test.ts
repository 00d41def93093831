import type { z } from "zod";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  check,
  limit,
  runs,
  watchUnhandled,
} from "../../test/support/fuzzing.js";
import { ProblemDocument } from "../schema/index.js";
import { byMethod, operationsAt } from "./operations.js";
import { PROBLEM_TYPE } from "./problem.js";
import { rawAsk, type RawAnswer, type RawRequest } from "./testing/raw-http.js";
import { requests } from "./testing/requests.js";
import { serveWhole } from "./testing/whole.js";

// Whatever a program that has the token sends: it is told how it goes, and
// what was refused has changed nothing.
const REQUESTS = 400;

/** A body that is larger than what is read may be cut off before the answer is. */
const LARGE = 256 * 1024;

let api: Awaited<ReturnType<typeof serveWhole>>;
const nothingUnhandled = watchUnhandled();
beforeAll(async () => {
  api = await serveWhole();
});
afterAll(() => {
  api.close();
});

/** What an answer must be that has done what was asked: as the operation says. */
function mustBeDocumented(request: RawRequest, answer: RawAnswer): void {
  const url = new URL(request.target, "http://sidecar");
  const found = byMethod(operationsAt(url.pathname), request.method);
  const shape = found?.operation.answers[answer.status];
  expect(shape, `${answer.status}`).toBeDefined();
  const isStream = answer.type.startsWith("text/event-stream");
  if (typeof shape === "string" || isStream || request.method === "HEAD")
    return;
  (shape as z.ZodType).parse(JSON.parse(answer.body));
}

/** A refusal says why, to programs and people, and nothing of our inside. */
function mustBeAProblem(request: RawRequest, answer: RawAnswer): void {
  // Refused by Node, before it is a request.
  if (answer.status === 400 && answer.type === "") return;
  expect(answer.type).toContain(PROBLEM_TYPE);
  // The Engine of this test refuses all that would change a container.
  if (answer.status !== 502) expect(answer.status).toBeLessThan(500);
  if (request.method === "HEAD") return;
  const {
    status,
    detail,
    hint = "",
  } = ProblemDocument.parse(JSON.parse(answer.body));
  expect(status).toBe(answer.status);
  expect(detail).not.toBe("");
  const given = request.target + request.body.toString();
  for (const leak of [/\n\s+at /, /undefined/, /\[object /, /node_modules/])
    if (!leak.test(given)) expect(detail + hint).not.toMatch(leak);
}

test(
  `each of ${runs(REQUESTS)} requests must be answered as documented, and what is refused must change nothing`,
  async () => {
    let done = 0;
    await check(REQUESTS, requests, async (request) => {
      await api.restore();
      const before = api.state();
      const answer = await rawAsk(api.host, request);
      if (!answer) {
        expect(request.body.length).toBeGreaterThan(LARGE);
        return;
      }
      if (answer.status < 300) {
        done++;
        mustBeDocumented(request, answer);
        return;
      }
      mustBeAProblem(request, answer);
      // A session may have come to its end meanwhile: nothing else may be otherwise.
      for (const [is, of] of api.state())
        expect([is, of]).toEqual([is, before.get(is)]);
    });
    nothingUnhandled();
    // Else nothing was tried but refusals.
    expect(done).toBeGreaterThan(runs(REQUESTS) / 16);
  },
  limit(REQUESTS),
);
