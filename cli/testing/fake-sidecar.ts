import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { API_VERSION } from "../../sidecar/schema/constants.js";
import type {
  Breakpoint,
  Event,
  FileInfo,
  List,
  NewBreakpoint,
  NewSession,
  Pause,
  SeenRequest,
  Session,
  ShareLink,
  Stacks,
  Target,
} from "../../sidecar/schema/index.js";
import type {
  Client,
  EventQuery,
  ExecCommand,
  LogOptions,
  RequestQuery,
  WatchQuery,
  Watched,
} from "../client.js";
import { fromServer, notFound } from "../errors.js";
import type { Link, LinkEnd, OnOutput, Size } from "../link.js";
import type { Stream, StreamEnd, StreamOutput } from "../stream.js";
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

/** A program in a replica, as seen from its side. */
export class FakeStream implements Stream {
  received = "";
  sizes: Size[] = [];
  inputEnded = false;
  closed = false;
  ended: Promise<StreamEnd>;
  end = () => {
    this.inputEnded = true;
    this.onInputEnd();
  };
  onInputEnd: () => void = () => {};
  #over: (end: StreamEnd) => void = () => {};
  constructor(
    readonly output: StreamOutput,
    readonly command: ExecCommand | undefined,
  ) {
    this.ended = new Promise((resolve) => (this.#over = resolve));
  }
  async send(data: Uint8Array): Promise<void> {
    this.received += Buffer.from(data).toString();
  }
  resize(size: Size): void {
    this.sizes.push(size);
  }
  close(): void {
    this.closed = true;
  }
  /** The program writes. */
  writes(of: "stdout" | "stderr", text: string): void {
    void this.output(of, Buffer.from(text));
  }
  /** The program ends, or could not be started. */
  exits(code: number, failure?: string): void {
    this.#over({ kind: "exit", code, ...(failure && { failure }) });
  }
  /** The network breaks. */
  breaks(): void {
    this.#over({ kind: "lost", cause: new Error("the connection was closed") });
  }
}

/** A sidecar in memory: its objects are changed by the test, its calls are kept. */
export class FakeSidecar implements Client {
  targetList: Target[] = [];
  sessionList: Session[] = [];
  pauseList: Pause[] = [];
  stackList: Stacks[] = [];
  breakpointList: Breakpoint[] = [];
  requestList: SeenRequest[] = [];
  /** Where the app seems to be published. */
  origins: ShareLink["status"]["origins"] = [];
  calls: string[] = [];
  created: NewSession[] = [];
  logged: { name: string; options: LogOptions }[] = [];
  eventList: Event[] = [];
  log: string[] = [];
  /** What each watch tells, one after the other; an error ends it so. */
  watchScripts: (Watched | Error)[][] = [];
  links: FakeLink[] = [];
  /** What commands and forwarded connections there were, and what they do. */
  streams: FakeStream[] = [];
  onStream: (stream: FakeStream) => void = () => {};
  /** What there is in every replica, by path; what a tar of it has, and the last that came. */
  files = new Map<string, Partial<FileInfo>>();
  archive: (signal: AbortSignal) => AsyncIterable<Uint8Array> = () => lines([]);
  written = Buffer.alloc(0);
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
  async updateSession(name: string, asked: NewSession, dryRun = false) {
    this.called(`update ${name}${dryRun ? " (dry run)" : ""}`);
    const session = find(this.sessionList, "sessions", name);
    const labels = asked.metadata?.labels;
    const metadata = { ...session.metadata, ...(labels && { labels }) };
    const changed = { ...session, metadata, spec: asked.spec };
    return dryRun ? changed : Object.assign(session, changed);
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
  async share(name: string): Promise<ShareLink> {
    this.called(`share ${name}`);
    const { spec } = find(this.sessionList, "sessions", name);
    const status = {
      parameter: `sidestep-session=of-${name}`,
      origins: this.origins,
      everyRequest: !spec.match,
    };
    const metadata = { name };
    return { apiVersion: API_VERSION, kind: "ShareLink", metadata, status };
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
  async requests({ session, unmatched }: RequestQuery = {}) {
    this.called(`requests${unmatched ? " unmatched" : ""}`);
    return list(
      this.requestList.filter(
        ({ status }) =>
          (!session || status.session === session) &&
          (unmatched || status.session !== undefined),
      ),
    );
  }
  async request(name: string) {
    this.called(`request ${name}`);
    return find(this.requestList, "requests", name);
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
  async createBreakpoint({ spec, metadata }: NewBreakpoint, dryRun = false) {
    this.called(`create breakpoint${dryRun ? " (dry run)" : ""}`);
    const number = this.breakpointList.length + 1;
    const name = metadata?.name ?? `${spec.session}-b${number}`;
    const made = aBreakpoint(name, {}, spec);
    if (!dryRun) this.breakpointList.push(made);
    return made;
  }
  async updateBreakpoint(
    name: string,
    { spec }: NewBreakpoint,
    dryRun = false,
  ) {
    this.called(`update breakpoint ${name}${dryRun ? " (dry run)" : ""}`);
    const breakpoint = find(this.breakpointList, "breakpoints", name);
    if (dryRun) return { ...breakpoint, spec };
    breakpoint.spec = spec;
    return breakpoint;
  }
  async deleteBreakpoint(name: string) {
    this.called(`delete breakpoint ${name}`);
    const deleted = find(this.breakpointList, "breakpoints", name);
    this.breakpointList.splice(this.breakpointList.indexOf(deleted), 1);
    return deleted;
  }
  async events(query: EventQuery) {
    this.called(`events ${JSON.stringify(query)}`);
    return list(this.eventList);
  }
  async watch(type: string, query: WatchQuery) {
    this.called(`watch ${type} ${JSON.stringify(query)}`);
    const script = this.watchScripts.shift();
    if (!script) throw problem("TestOver", "nothing more is to be watched");
    return play(script);
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

  async exec(name: string, command: ExecCommand, onOutput: StreamOutput) {
    this.called(`exec ${name}: ${command.command.join(" ")}`);
    find(this.sessionList, "sessions", name);
    return this.stream(onOutput, command);
  }
  async forward(name: string, port: number, onOutput: StreamOutput) {
    this.called(`forward ${name} ${port}`);
    return this.stream(onOutput);
  }
  async file(name: string, path: string): Promise<FileInfo> {
    this.called(`file ${name} ${path}`);
    const file = this.files.get(path);
    if (!file) throw notFound("files", path);
    return { name: path, size: 0, directory: false, linkTarget: "", ...file };
  }
  async readArchive(name: string, path: string, signal: AbortSignal) {
    this.called(`read ${name} ${path}`);
    return this.archive(signal);
  }
  async writeArchive(name: string, path: string, tar: Readable) {
    this.called(`write ${name} ${path}`);
    this.written = await buffer(tar);
  }

  private stream(onOutput: StreamOutput, command?: ExecCommand): FakeStream {
    const stream = new FakeStream(onOutput, command);
    this.streams.push(stream);
    this.onStream(stream);
    return stream;
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

async function* play(script: (Watched | Error)[]): AsyncGenerator<Watched> {
  for (const each of script) {
    if (each instanceof Error) throw each;
    yield each;
  }
}
