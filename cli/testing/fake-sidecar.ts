import { API_VERSION } from "../../sidecar/schema/constants.js";
import type {
  Breakpoint,
  List,
  NewBreakpoint,
  NewSession,
  Pause,
  Session,
  Stacks,
  Target,
} from "../../sidecar/schema/index.js";
import type { Client, LogOptions } from "../client.js";
import { fromServer, notFound } from "../errors.js";
import type { Link, LinkEnd, OnOutput, Size } from "../link.js";
import { aBreakpoint, aSession } from "./objects.js";

/** A terminal of the fake sidecar, as seen from the remote side. */
export class FakeLink implements Link {
  sent = "";
  sizes: Size[] = [];
  closed = false;
  ended: Promise<LinkEnd>;
  end: (end: LinkEnd) => void = () => {};
  constructor(
    readonly pause: string,
    readonly output: OnOutput,
  ) {
    this.ended = new Promise((resolve) => (this.end = resolve));
  }
  send(keys: Uint8Array): void {
    this.sent += Buffer.from(keys).toString("latin1");
  }
  resize(size: Size): void {
    this.sizes.push(size);
  }
  close(): void {
    this.closed = true;
  }
  /** The remote side draws. */
  draw(text: string): void {
    void this.output(Buffer.from(text));
  }
  /** The thread goes on. */
  exit(): void {
    this.end({ kind: "exit", message: "the thread went on" });
  }
}

/** A sidecar in memory: its objects are changed by the test, its calls are kept. */
export class FakeSidecar implements Client {
  targetList: Target[] = [];
  sessionList: Session[] = [];
  pauseList: Pause[] = [];
  stackList: Stacks[] = [];
  breakpointList: Breakpoint[] = [];
  calls: string[] = [];
  created: NewSession[] = [];
  logged: { name: string; options: LogOptions }[] = [];
  log: string[] = [];
  links: FakeLink[] = [];
  /** What a new session looks like, and what happens when one is attached to. */
  makeSession = (asked: NewSession): Session =>
    aSession(asked.metadata?.name ?? "shop", {}, asked.spec);
  onAttach: (link: FakeLink) => void = () => {};
  /** Thrown by the next call, once. */
  failure: Error | undefined;

  async version() {
    this.called("version");
    const engine = { version: "26.1.5", apiVersion: "1.45" };
    return { version: "0.1.0", apiVersion: API_VERSION, engine };
  }
  async targets() {
    this.called("targets");
    return list(this.targetList);
  }
  async sessions() {
    this.called("sessions");
    return list(this.sessionList);
  }
  async session(name: string) {
    this.called(`session ${name}`);
    return find(this.sessionList, "sessions", name);
  }
  async createSession(session: NewSession) {
    this.called("create");
    this.created.push(session);
    const made = this.makeSession(session);
    this.sessionList.push(made);
    return made;
  }
  async planSession(session: NewSession) {
    this.called("plan");
    this.created.push(session);
    return {
      session: this.makeSession(session),
      plan: "create replica shop-replica: there is none",
    };
  }
  async deleteSession(name: string) {
    this.called(`delete ${name}`);
    const session = find(this.sessionList, "sessions", name);
    session.status.phase = "Restoring";
    return session;
  }
  async logs(name: string, options: LogOptions) {
    this.called(`logs ${name}`);
    find(this.sessionList, "sessions", name);
    this.logged.push({ name, options });
    return lines(this.log);
  }
  async stacks(name: string) {
    this.called(`stacks ${name}`);
    find(this.sessionList, "sessions", name);
    return find(this.stackList, "stacks", name);
  }
  async pauses(session?: string) {
    this.called(`pauses ${session ?? ""}`.trim());
    return list(
      this.pauseList.filter((p) => !session || p.status.session === session),
    );
  }
  async pause(name: string) {
    this.called(`pause ${name}`);
    return find(this.pauseList, "pauses", name);
  }
  async continuePause(name: string) {
    this.called(`continue ${name}`);
    const pause = find(this.pauseList, "pauses", name);
    this.pauseList.splice(this.pauseList.indexOf(pause), 1);
    return pause;
  }
  async breakpoints(session?: string) {
    this.called(`breakpoints ${session ?? ""}`.trim());
    return list(
      this.breakpointList.filter((b) => !session || b.spec.session === session),
    );
  }
  async breakpoint(name: string) {
    this.called(`breakpoint ${name}`);
    return find(this.breakpointList, "breakpoints", name);
  }
  async createBreakpoint({ spec }: NewBreakpoint) {
    this.called("create breakpoint");
    const number = this.breakpointList.length + 1;
    const made = aBreakpoint(`${spec.session}-b${number}`, {}, spec);
    this.breakpointList.push(made);
    return made;
  }
  async deleteBreakpoint(name: string) {
    this.called(`delete breakpoint ${name}`);
    const deleted = find(this.breakpointList, "breakpoints", name);
    this.breakpointList.splice(this.breakpointList.indexOf(deleted), 1);
    return deleted;
  }
  async attach(name: string, size: Size, onOutput: OnOutput) {
    this.called(`attach ${name}`);
    find(this.pauseList, "pauses", name);
    const link = new FakeLink(name, onOutput);
    link.sizes.push(size);
    this.links.push(link);
    this.onAttach(link);
    return link;
  }

  async attachMain(name: string, size: Size, onOutput: OnOutput) {
    this.called(`attach main ${name}`);
    find(this.sessionList, "sessions", name);
    const link = new FakeLink(name, onOutput);
    link.sizes.push(size);
    this.links.push(link);
    this.onAttach(link);
    return link;
  }

  private called(what: string): void {
    this.calls.push(what);
    const { failure } = this;
    this.failure = undefined;
    if (failure) throw failure;
  }
}

/** The error of a sidecar that answers with a problem. */
export function problem(code: string, message: string, hint?: string): Error {
  return fromServer({ code, message, ...(hint !== undefined && { hint }) });
}

function list<T>(items: T[]): List<T> {
  return { apiVersion: API_VERSION, kind: "List", items: [...items] };
}

function find<T extends { metadata: { name: string } }>(
  items: T[],
  plural: string,
  name: string,
): T {
  const item = items.find(({ metadata }) => metadata.name === name);
  if (!item) throw notFound(plural, name);
  return item;
}

async function* lines(texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(`${text}\n`);
}
