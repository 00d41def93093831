import { randomBytes } from "node:crypto";
import { TOKEN_PATH } from "../../../sidecar/schema/index.js";
import { cliFor, type Cli } from "./cli.js";
import { until } from "./poll.js";
import { docker, run } from "./run.js";

/** A sidecar without compose, as `docker run` starts it. */
export interface Sidecar {
  name: string;
  volume: string;
  cli: Cli;
  /** Where its API is, such as http://127.0.0.1:32769. */
  url(): Promise<string>;
  token(): Promise<string>;
  logs(): Promise<string>;
  /** Ends it as `docker stop` does, and waits until its guard has finished. */
  end(): Promise<void>;
}

/** The sidecar's image; SIDESTEP_TEST_IMAGE names another one to be tested. */
export const SIDECAR_IMAGE =
  process.env["SIDESTEP_TEST_IMAGE"] ?? "sidestep-sidecar";

/** As the compose file has it: whatever is tested, is tested without more. */
const POWERLESS = [
  ...["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL"],
  ...["--security-opt", "no-new-privileges"],
];

const SOCKET = "/var/run/docker.sock:/var/run/docker.sock";

/** What a sidecar may use, where it is not the usual. */
export interface Power {
  /** What is mounted for the Engine's socket, as `docker run -v` takes it. */
  socket?: string | undefined;
  /** Whom it runs as, such as 1000:998. */
  user?: string;
}

/** Starts a sidecar; its API answers when this resolves. */
export async function startSidecar(
  env: Record<string, string> = {},
  image = SIDECAR_IMAGE,
  { socket = SOCKET, user }: Power = {},
): Promise<Sidecar> {
  const name = `t-${randomBytes(3).toString("hex")}-sidecar`;
  const volume = `${name}-volume`;
  const variables = Object.entries(env).flatMap(([key, value]) => [
    "-e",
    `${key}=${value}`,
  ]);
  await docker(
    "run",
    "-d",
    "--name",
    name,
    "-p",
    "127.0.0.1:0:7007",
    "-v",
    socket,
    "-v",
    `${volume}:/.sidestep`,
    ...POWERLESS,
    ...(user ? ["--user", user] : []),
    ...variables,
    image,
  );
  const cli = cliFor(name);
  try {
    await until(
      "the API answers",
      async () => {
        const { code, stderr } = await cli.any(["get", "sessions"]);
        if (code !== 0) throw new Error(stderr);
        return true;
      },
      60,
    );
  } catch (error) {
    await docker("rm", "-f", name);
    await docker("volume", "rm", "-f", volume);
    throw error;
  }
  return {
    name,
    volume,
    cli,
    url: async () => `http://${await docker("port", name, "7007/tcp")}`,
    token: () => docker("exec", name, "cat", TOKEN_PATH),
    logs: () => run("sh", ["-c", 'docker logs "$0" 2>&1', name]),
    end: async () => {
      await docker("stop", "-t", "30", name);
      const guard = ["ps", "-q", "--filter", `name=^${name}-guard$`];
      const guarded = (await docker(...guard)) !== "";
      await docker("rm", name);
      // One that was restarted and had no session since has no guard, and its volume stays.
      if (!guarded) return void (await docker("volume", "rm", volume));
      await until("the guard has removed the volume", async () => {
        const volumes = await docker("volume", "ls", "-q");
        return !volumes.split("\n").includes(volume);
      });
    },
  };
}
