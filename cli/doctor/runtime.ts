/** What an app seems to run on. */
export interface Runtime {
  /** Such as "python (gunicorn)". */
  text: string;
  /** Whether a thread of it can be paused. */
  pauses: boolean;
}

const PYTHON_SERVERS = [
  "gunicorn",
  "uwsgi",
  "uvicorn",
  "hypercorn",
  "daphne",
  "waitress",
  "flask",
  "runserver",
  "celery",
];

const OTHERS = [
  "node",
  "java",
  "ruby",
  "puma",
  "php-fpm",
  "php",
  "dotnet",
  "nginx",
];

/** The runtime, from the command lines of a container's processes. */
export function runtimeOf(processes: string[]): Runtime {
  const words = processes.flatMap((line) =>
    line
      .split(/\s+/)
      .map((word) => word.replace(/:$/, "").split("/").pop() ?? ""),
  );
  const server = PYTHON_SERVERS.find((each) =>
    words.some((word) => word === each || word === `${each}-core`),
  );
  const python = words.some((word) => /^python[\d.]*$/.test(word));
  if (python || server) {
    return { text: server ? `python (${server})` : "python", pauses: true };
  }
  const other = OTHERS.find((each) => words.includes(each));
  return { text: other ?? "no Python", pauses: false };
}
