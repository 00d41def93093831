import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { get } from "./support/http.js";
import { until } from "./support/poll.js";
import { fixture, openStage, published, type Stage } from "./support/stage.js";

// A second instance of an app is a hazard: what is risky is said aloud.
describe("an app that should not run twice", () => {
  let stage: Stage;
  let app: string;

  beforeAll(async () => {
    stage = await openStage();
    app = await stage.run(
      [
        ...["-v", `${fixture("hazards")}:/fixture:ro`, "-w", "/fixture"],
        ...["-p", "127.0.0.1:0:8000", "-v", "/data", "--user", "0"],
        ...["--entrypoint", "./entrypoint.sh"],
      ],
      ["gunicorn", "-b", "0.0.0.0:8000", "app"],
    );
    const url = await published(app);
    await until("the app answers", () => get(url));
  });
  afterAll(async () => {
    await stage?.end();
  });

  const risks = async (session: string) => {
    const { status } = await stage.session(session);
    return status.conditions.find(({ type }) => type === "SecondInstance");
  };

  const MIGRATION =
    "/fixture/entrypoint.sh:5 runs Django's migrations (manage.py migrate --noinput), so the replica runs them once more: switch it off with --env MIGRATE=…";
  const SCHEDULER =
    "thread shop-scheduler runs scheduled jobs (the app) here too, so they run twice: --original pause, or switch it off with --env";
  const SQLITE =
    "SQLite database /data/shop.db is on a volume that the original writes to as well, so one may find it locked by the other: --original pause, or another path with --env";

  test("must be told of by debug, describe and the log, with what to do", async () => {
    const { code, stderr } = await stage.cli.any(["debug", app, "--name", "a"]);
    expect(code).toBe(0);
    expect(stderr).toContain(`s  warning: ${MIGRATION}\n`);
    const found = await until("all is seen", async () => {
      const seen = await risks("a");
      return seen?.message.includes("SQLite") ? seen : undefined;
    });
    expect(found).toMatchObject({ status: "True", reason: "Risky" });
    expect(found.message.split("; ").toSorted()).toEqual(
      [MIGRATION, SCHEDULER, SQLITE].toSorted(),
    );
    expect(await stage.cli.ok("describe", "session", "a")).toMatch(
      /^ +SecondInstance +True +Risky +\S+ +\/fixture\/entrypoint.sh:5 runs/m,
    );
    const log = await stage.sidecar.logs();
    for (const risk of [MIGRATION, SCHEDULER, SQLITE]) {
      expect(log).toContain(risk);
    }
    // It was no empty threat.
    expect(await stage.cli.ok("logs", "session/a")).toContain(
      "migrated: migrate --noinput",
    );
    await stage.delete("a", app);
  });

  test("--dry-run must tell before anything is started", async () => {
    const { stderr } = await stage.cli.any(["debug", app, "--dry-run"]);
    expect(stderr).toContain(`warning: ${MIGRATION}\n`);
  });

  test("with --original pause must be told only of what is done again", async () => {
    const session = await stage.debug(app, "--original", "pause");
    await until("it was looked for", async () => {
      const seen = await risks(session);
      return seen?.message === MIGRATION;
    });
    await stage.delete(session, app);
  });

  test("where all is switched off must say that nothing is seen", async () => {
    const session = await stage.debug(
      app,
      ...["--env", "SCHEDULER=0", "--env", "DATABASE=:memory:"],
      ...["--", "gunicorn", "-b", "0.0.0.0:8000", "app"],
    );
    await until("it was looked for", async () => {
      const seen = await risks(session);
      return seen?.status === "False" && seen.reason === "NothingSeen";
    });
    await stage.delete(session, app);
  });
});
