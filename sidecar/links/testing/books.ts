import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBreakpoints } from "../../breakpoints/breakpoints.js";
import { createStore } from "../../breakpoints/store.js";
import { createEventBook } from "../../events/book.js";
import { FAMILIES } from "../../metrics/families.js";
import { Ledger } from "../../metrics/ledger.js";
import { createRequestBook } from "../../requests/book.js";
import { Breakpoint, Event, Pause, SeenRequest } from "../../schema/index.js";
import { createHistories } from "../../terminals/history.js";
import { createPauses } from "../../terminals/pauses.js";
import { quietBrokers } from "../../terminals/testing/quiet-brokers.js";

/** All that the sidecar keeps of what kits and interceptors tell, but for the PTYs. */
export function createBooks() {
  const folder = mkdtempSync(join(tmpdir(), "links-"));
  const events = createEventBook();
  const pauses = createPauses(
    quietBrokers,
    createHistories(),
    () => undefined,
    events.tell,
  );
  const breakpoints = createBreakpoints(
    createStore(join(folder, "breakpoints")),
    { tell: () => undefined, ask: () => async () => undefined },
    async () => undefined,
    events.tell,
  );
  const requests = createRequestBook(pauses.pausedAt, () => undefined);
  const ledger = new Ledger();
  return {
    folder,
    events,
    pauses,
    breakpoints,
    requests,
    ledger,
    /** Everything must be such that the API can show it, as its document says. */
    mustBeShown: () => {
      for (const each of pauses.list()) Pause.parse(pauses.resource(each));
      for (const each of breakpoints.list()) Breakpoint.parse(each);
      for (const each of requests.list()) SeenRequest.parse(each);
      for (const each of events.list()) Event.parse(each);
      const figured = {
        sessions: () => [],
        interceptors: () => [],
        ledger,
        pauses: new Map(),
        dropped: () => requests.dropped(),
      };
      for (const { name, samples } of FAMILIES)
        for (const { value } of samples(figured))
          if (!Number.isFinite(value)) throw new Error(`${name}: ${value}`);
    },
    close: () => {
      pauses.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
