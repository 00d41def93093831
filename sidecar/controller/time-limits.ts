import { IDLE_TIMEOUT, NEVER, type SessionSpec } from "../schema/index.js";
import { milliseconds } from "./duration.js";
import type { DesiredSession, World } from "./world.js";

/** A pause, as far as its length matters. */
interface Paused {
  name: string;
  since: Date;
}

/** A session whose time is over, and why. */
export interface Over {
  session: DesiredSession;
  reason: "Expired" | "IdleExpired";
  message: string;
}

/** A pause that is longer than its session allows; `goesOn`: it is ended. */
export interface TooLong {
  pause: string;
  session: string;
  goesOn: boolean;
  message: string;
}

/** Keeps the time of sessions and pauses. */
export interface TimeLimits {
  /** Somebody has something open in a session, until what it returns is called. */
  using: (session: string) => () => void;
  /** Notes which sessions are in use. */
  look(
    world: Pick<World, "now" | "sessions" | "interceptors" | "pauses">,
  ): void;
  /** When a session was last in use, in ms since 1970. */
  lastUsed(session: DesiredSession): number;
  /** The sessions whose time is over, of those that are not being taken back. */
  over(sessions: DesiredSession[], now: number): Over[];
  /** The pauses of a session that are too long: each is told once. */
  tooLong(session: DesiredSession, pauses: Paused[], now: number): TooLong[];
  forget(session: string): void;
}

/** What is known of a session's use. */
interface Use {
  /** Requests that have matched, by all interceptors. */
  requests: number;
  /** In ms since 1970. */
  at: number;
}

/** Knows nothing yet: what was before a sidecar is not seen by it. */
export function createTimeLimits(begin: number): TimeLimits {
  const uses = new Map<string, Use>();
  const open = new Map<string, number>();
  /** Pauses that were told, with their session. */
  const told = new Map<string, string>();

  const lastUsed = ({ name, created }: DesiredSession) =>
    Math.max(uses.get(name)?.at ?? 0, Date.parse(created), begin);

  return {
    using: (session) => {
      open.set(session, (open.get(session) ?? 0) + 1);
      let closed = false;
      return () => {
        if (closed) return;
        closed = true;
        open.set(session, (open.get(session) ?? 1) - 1);
        const use = uses.get(session);
        if (use) use.at = Date.now();
      };
    },
    look: ({ now, sessions, interceptors, pauses }) => {
      for (const { name } of sessions) {
        const links = Object.values(interceptors);
        const sum = (of: "requests" | "inflight") =>
          links.reduce((total, link) => total + (link[of][name] ?? 0), 0);
        const requests = sum("requests");
        const before = uses.get(name);
        const used =
          before === undefined ||
          before.requests !== requests ||
          sum("inflight") > 0 ||
          (pauses[name] ?? 0) > 0 ||
          (open.get(name) ?? 0) > 0;
        const at = before?.at ?? 0;
        // The first look at a session says nothing of its use.
        uses.set(name, { requests, at: before && used ? now : at });
      }
    },
    lastUsed,
    over: (sessions, now) =>
      sessions.flatMap((session): Over[] => {
        if (session.deleting !== undefined) return [];
        const { ttl } = session.spec;
        if (ttl && now >= Date.parse(session.created) + milliseconds(ttl)) {
          const message = `its ttl (${ttl}) is over`;
          return [{ session, reason: "Expired", message }];
        }
        const idle = session.spec.idleTimeout ?? IDLE_TIMEOUT;
        if (idle === NEVER || now < lastUsed(session) + milliseconds(idle)) {
          return [];
        }
        const message = `nobody has used it for ${idle} (idleTimeout): no request matched, nothing was paused or open`;
        return [{ session, reason: "IdleExpired", message }];
      }),
    tooLong: ({ name: session, spec }, pauses, now) => {
      for (const [pause, of] of told) {
        const there = pauses.some(({ name }) => name === pause);
        if (of === session && !there) told.delete(pause);
      }
      const { maxPause } = spec;
      if (maxPause === undefined) return [];
      return pauses.flatMap(({ name: pause, since }) => {
        const due = now >= since.getTime() + milliseconds(maxPause);
        if (!due || told.has(pause)) return [];
        told.set(pause, session);
        return [{ pause, session, ...longer(spec, maxPause) }];
      });
    },
    forget: (session) => {
      uses.delete(session);
    },
  };
}

function longer({ onMaxPause = "continue" }: SessionSpec, maxPause: string) {
  const goesOn = onMaxPause === "continue";
  const then = goesOn ? "the thread went on" : "it is kept (onMaxPause: keep)";
  return { goesOn, message: `paused for ${maxPause} (maxPause): ${then}` };
}
