import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  ChosenContext,
  DockerContext,
} from "../../docker/engine/reach/contexts.js";
import type { Contexts } from "../contexts.js";

/** Docker's contexts in memory. */
export class FakeContexts implements Contexts {
  all: DockerContext[] = [
    {
      name: "default",
      description: "DOCKER_HOST, or the usual socket",
      host: "unix:///var/run/docker.sock",
    },
    { name: "staging", description: "", host: "ssh://me@staging.example" },
  ];
  /** What DOCKER_HOST, DOCKER_CONTEXT or docker's configuration say. */
  docker: ChosenContext = { name: "default", by: "docker" };
  chosen: string | undefined;

  async list() {
    return this.all;
  }
  async current(): Promise<ChosenContext> {
    return this.chosen && this.docker.by === "docker"
      ? { name: this.chosen, by: "sidestep" }
      : this.docker;
  }
  own() {
    return this.chosen;
  }
  use(name: string | undefined) {
    this.chosen = name;
  }
  async pluginFolder() {
    return join(tmpdir(), `sidestep-plugins-${process.pid}`);
  }
}
