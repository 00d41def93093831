import type { Engine } from "./engine.js";
import { cleanupSpec, GOODBYE_SECONDS } from "./interceptor.js";

/** The exit code of what was ended by SIGKILL. */
const KILLED = 137;
const IN_CONTAINER = /^container:(.+)$/;

/**
 * Ends an interceptor and removes it. One that was killed has left its rules:
 * they do nothing once the lease is over, and if it is not made anew
 * (`forGood`), they are taken away where its target still runs.
 */
export async function endInterceptor(
  engine: Engine,
  id: string,
  forGood: boolean,
): Promise<void> {
  await engine.stop(id, GOODBYE_SECONDS);
  const ended = await engine.inspect(id);
  await engine.remove(id);
  if (!forGood || ended?.State.ExitCode !== KILLED) return;
  const [, namespace] =
    IN_CONTAINER.exec(ended.HostConfig.NetworkMode ?? "") ?? [];
  const owner = namespace && (await engine.inspect(namespace));
  if (!owner || !owner.State.Running) return;
  const spec = cleanupSpec(ended, owner.Id);
  await engine.remove(spec.name);
  const cleaner = await engine.create(spec);
  try {
    await engine.start(cleaner);
    await engine.wait(cleaner);
  } finally {
    await engine.remove(cleaner);
  }
}
