/** What the environment tells an interceptor. */
export interface Config {
  /** The app's port. */
  port: number;
  /** The sidecar's unix socket. */
  socket: string;
  token: string;
  /** Inherited descriptors of the listeners. */
  listenFds: number[];
  /** Inherited descriptor of the line to the launcher, if there is one. */
  controlFd: number | undefined;
  /** Whether the lane in C is to be used. */
  plane: boolean;
}

/** Reads the environment; throws one clear sentence where it cannot be used. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  return {
    port: integer(env, "SIDESTEP_PORT", 1, 65535),
    socket: text(env, "SIDESTEP_SOCKET"),
    token: text(env, "SIDESTEP_TOKEN"),
    listenFds: text(env, "SIDESTEP_LISTEN_FDS")
      .split(",")
      .map((fd) => integer({ fd }, "fd", 3, 1023)),
    controlFd: env.SIDESTEP_CONTROL_FD
      ? integer(env, "SIDESTEP_CONTROL_FD", 3, 1023)
      : undefined,
    plane: env.SIDESTEP_PLANE !== "0",
  };
}

function text(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (!value)
    throw new Error(
      `${name} is not set: the interceptor is started by launch.py in a container that the sidecar creates`,
    );
  return value;
}

function integer(
  env: NodeJS.ProcessEnv,
  name: string,
  least: number,
  most: number,
): number {
  const value = Number(text(env, name));
  if (!Number.isInteger(value) || value < least || value > most)
    throw new Error(
      `${name} is ${JSON.stringify(env[name])}, must be a number from ${least} to ${most}`,
    );
  return value;
}
