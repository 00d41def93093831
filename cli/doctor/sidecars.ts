import type { Row } from "../../docker/engine/reach/light-engine.js";
import { VERSION } from "../../docker/engine/labels.js";
import type { Session } from "../../sidecar/schema/session.js";
import type { Cli } from "../cli.js";
import { UserError } from "../errors.js";
import { failure, ok, warning, type Check } from "./check.js";

/** Each sidecar: does it run, is it of this version, does it answer; and its sessions. */
export async function checkSidecars(cli: Cli, rows: Row[]): Promise<Check[]> {
  if (rows.length === 0) {
    return [warning("sidecar", "none is running here", "sidestep up")];
  }
  const checks = await Promise.all(rows.map((row) => checkSidecar(cli, row)));
  return checks.flat();
}

async function checkSidecar(cli: Cli, row: Row): Promise<Check[]> {
  const check = `sidecar/${row.name}`;
  if (row.state !== "running") {
    const fix = `docker start ${row.name}, or sidestep down --sidecar ${row.name}`;
    return [failure(check, `it is not running: ${row.status}`, fix)];
  }
  const version = row.labels[VERSION] ?? "unknown";
  let transport = "";
  try {
    const client = await cli.connect(row.name, {
      trace: (line) => {
        if (line.startsWith("transport: ")) transport = `; ${line.slice(11)}`;
      },
    });
    await client.version();
    const said = `version ${version}${transport}`;
    const { items } = await client.sessions();
    return [
      version === cli.version
        ? ok(check, said)
        : warning(
            check,
            `${said}; this command is of version ${cli.version}`,
            `use its own: docker exec -it ${row.name} sidestep; or build the image anew, and start it again`,
          ),
      ...items.flatMap(checkSession),
    ];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const fix = error.hint ?? `docker logs ${row.name}`;
    return [failure(check, error.message.replace(/^error: /, ""), fix)];
  }
}

function checkSession({ metadata, status }: Session): Check[] {
  const check = `session/${metadata.name}`;
  const message = (type: string, wanted: string) =>
    status.conditions.find((c) => c.type === type && c.status === wanted)
      ?.message;
  const works = ["Ready", "Paused"].includes(status.phase);
  const fix = `sidestep describe session ${metadata.name}`;
  const why = message("Ready", "False") ?? "";
  const state =
    status.phase === "Failed"
      ? failure(check, `Failed: ${why}`, fix)
      : works
        ? ok(check, status.phase)
        : warning(check, `${status.phase}: ${why}`, fix);
  const old = message("OldConnections", "True");
  return old ? [state, warning(check, old, fix)] : [state];
}
