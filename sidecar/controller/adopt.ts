import type { InterceptorLinks } from "../links/interceptors.js";
import type { KitLinks } from "../links/kits.js";
import { newToken } from "../links/token.js";
import { Labels, SessionSpec } from "../schema/index.js";
import type { DesiredSession, OurContainer } from "./world.js";

/** What adopted containers must be let in at. */
interface Doors {
  interceptors: InterceptorLinks;
  kits: KitLinks;
}

/**
 * The sessions that a sidecar starts with: those of its environment, and those
 * whose replicas a predecessor left behind. Lets the containers that run dial
 * in with the tokens that they were given.
 */
export async function adopt(
  environment: Omit<DesiredSession, "secret">[],
  ours: OurContainer[],
  doors: Doors,
): Promise<DesiredSession[]> {
  const sessions: DesiredSession[] = environment.map((session) => ({
    ...session,
    secret: newToken(),
  }));
  for (const container of ours) {
    const token = tokenOf(container);
    if (container.role === "interceptor" && token) {
      doors.interceptors.expect(container.name, token);
    }
    if (container.role !== "replica") continue;
    const name = container.labels["sidestep.session"] ?? "";
    if (!sessions.some((session) => session.name === name)) {
      const session = sessionOf(container, name, token ?? newToken());
      // A label that we cannot read makes no session: the replica is a stray.
      if (!session) continue;
      sessions.push(session);
    } else {
      const session = sessions.find((s) => s.name === name);
      if (session) {
        session.created =
          container.labels["sidestep.created"] ?? session.created;
        session.secret = token ?? session.secret;
        session.labels = labelsOf(container);
      }
    }
    if (token) await doors.kits.expect(name, token);
  }
  return sessions;
}

function sessionOf(
  container: OurContainer,
  name: string,
  secret: string,
): DesiredSession | undefined {
  try {
    const spec = SessionSpec.parse(
      JSON.parse(container.labels["sidestep.spec"] ?? ""),
    );
    const created =
      container.labels["sidestep.created"] ?? new Date().toISOString();
    const labels = labelsOf(container);
    return { name, spec, labels, created, source: "adopted", secret };
  } catch {
    return undefined;
  }
}

/** What the user labelled the session with; unreadable: nothing. */
function labelsOf({ labels }: OurContainer): Labels | undefined {
  const given = labels["sidestep.labels"];
  if (given === undefined) return undefined;
  try {
    return Labels.parse(JSON.parse(given));
  } catch {
    return undefined;
  }
}

function tokenOf(container: OurContainer): string | undefined {
  const entry = container.inspect.Config.Env?.find((e) =>
    e.startsWith("SIDESTEP_TOKEN="),
  );
  return entry?.slice("SIDESTEP_TOKEN=".length);
}
