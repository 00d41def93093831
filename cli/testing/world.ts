import {
  aBreakpoint,
  aRequest,
  aPause,
  aSession,
  aStacks,
  aTarget,
  anEvent,
} from "./objects.js";
import { TestCli } from "./run-cli.js";

const MANIFEST = `{apiVersion: sidestep.dev/v1, kind: Session, metadata: {name: s}, spec: {target: shop}}`;

/** A sidecar with something of everything, all of which is gone after a while. */
export function aWorld(): TestCli {
  const cli = new TestCli();
  const { sidecar } = cli;
  const session = "shop-x7k2p";
  const labels = { "sidestep.session": session };
  sidecar.targetList = [aTarget("shop")];
  sidecar.sessionList = [aSession(session)];
  sidecar.sessionList[0]!.metadata.labels = {
    team: "red",
    "sidestep.project": "demo",
    "sidestep.target": "shop",
  };
  sidecar.stackList = [aStacks(session)];
  sidecar.pauseList = [aPause("3f9c2a1b", { session })];
  sidecar.requestList = [aRequest("3f9c2a1b-1", { session })];
  sidecar.breakpointList = [aBreakpoint(`${session}-b1`, {}, { session })];
  for (const { metadata } of [
    ...sidecar.pauseList,
    ...sidecar.breakpointList,
  ]) {
    metadata.labels = labels;
  }
  sidecar.eventList = [
    anEvent(`${session}.1`, { object: `session/${session}`, session }),
  ];
  sidecar.onAttach = (link) => link.exit();
  sidecar.onStream = (stream) => stream.exits(0);
  cli.streams.in.end(MANIFEST);
  cli.steps = [
    () => {},
    () => {
      sidecar.sessionList = [];
      sidecar.pauseList = [];
    },
  ];
  return cli;
}
