/** A Debian suite whose Python is tested: 3.11 or 3.13. */
export type Suite = "bookworm" | "trixie";

/** The image with every server, framework and debugger of a suite. */
export const pythonImage = (suite: Suite): string =>
  `sidestep-test-python:${suite}`;

/** One way in which people start a server. */
export interface Start {
  how: string;
  suite: Suite;
  command: string[];
  /** More arguments of `docker run`. */
  args?: string[];
}

/** A server, and what a session on it must show. */
export interface Server {
  name: string;
  /** What `status.replica.server` says. */
  server: RegExp;
  /** The path that stops at a `breakpoint()`; `/async/break` does so in the event loop. */
  stops: string[];
  /** Whether several threads can serve requests at a time. */
  threads: boolean;
  starts: Start[];
}

const sh = (line: string): string[] => ["sh", "-c", line];
const words = (line: string): string[] => line.split(" ");

/** Every server that the kit knows, by its usual command, its configuration and a shell. */
export const SERVERS: Server[] = [
  {
    name: "gunicorn",
    server: /^gunicorn \d+\.\d+\.\d+$/,
    stops: ["/break"],
    threads: true,
    starts: [
      {
        how: "by its flags",
        suite: "bookworm",
        command: words("gunicorn -b :8000 -w 3 -t 3 --reload wsgi_app"),
      },
      {
        how: "by a config file with gthread, preload and a timeout",
        suite: "trixie",
        command: words("gunicorn -c gunicorn_conf.py wsgi_app"),
      },
      {
        how: "by an entrypoint script and the environment",
        suite: "trixie",
        args: ["-e", "GUNICORN_CMD_ARGS=-w 3 -t 3", "-e", "WEB_CONCURRENCY=3"],
        command: words("./start.sh gunicorn -b :8000 flask_app:app"),
      },
    ],
  },
  {
    name: "gunicorn with uvicorn's worker",
    server: /^gunicorn \d+\.\d+\.\d+ \(UvicornWorker\)$/,
    stops: ["/break", "/async/break"],
    threads: true,
    starts: [
      {
        how: "by its flags",
        suite: "bookworm",
        command: words(
          "gunicorn -b :8000 -w 3 -t 3 -k uvicorn.workers.UvicornWorker asgi_app:app",
        ),
      },
      {
        how: "by a shell and a config file",
        suite: "trixie",
        command: sh(
          "exec gunicorn -c gunicorn_conf.py -k uvicorn.workers.UvicornWorker asgi_app:app",
        ),
      },
    ],
  },
  {
    name: "uWSGI",
    server: /^uWSGI \d+\.\d+\.\d+$/,
    stops: ["/break"],
    threads: true,
    starts: [
      {
        how: "by its flags, with its HTTP router",
        suite: "trixie",
        command: words(
          "uwsgi --plugins http,python3 --http :8000 --http-timeout 3 --wsgi-file wsgi_app.py --master --processes 3 --harakiri 3",
        ),
      },
      {
        how: "by an ini with threads, cheaper and harakiri",
        suite: "bookworm",
        command: words("uwsgi --ini uwsgi.ini"),
      },
      {
        how: "by a shell, and another folder in its ini",
        suite: "trixie",
        args: ["-e", "APP=flask_app:app"],
        command: sh(
          "cd / && exec uwsgi --ini srv/uwsgi.ini --chdir /srv --module $APP",
        ),
      },
    ],
  },
  {
    name: "waitress",
    server: /^waitress \d+\.\d+\.\d+$/,
    stops: ["/break"],
    threads: true,
    starts: [
      {
        how: "by its command",
        suite: "trixie",
        command: words(
          "waitress-serve --listen=*:8000 --channel-timeout=3 wsgi_app:application",
        ),
      },
      {
        how: "by a program",
        suite: "bookworm",
        command: words("python3 waitress_app.py"),
      },
      {
        how: "by an entrypoint script",
        suite: "bookworm",
        command: words(
          "./start.sh python3 -m waitress --listen=*:8000 flask_app:app",
        ),
      },
    ],
  },
  {
    name: "Flask's own",
    server: /^werkzeug \d+\.\d+\.\d+$/,
    stops: ["/break"],
    threads: true,
    starts: [
      {
        how: "by its command, with reloader and debugger",
        suite: "trixie",
        command: words(
          "flask --app flask_app run -h 0.0.0.0 -p 8000 --debug --with-threads",
        ),
      },
      {
        how: "by its environment",
        suite: "bookworm",
        args: ["-e", "FLASK_APP=flask_app", "-e", "FLASK_DEBUG=1"],
        command: words("flask run -h 0.0.0.0 -p 8000"),
      },
      {
        how: "by a program and a shell",
        suite: "trixie",
        command: sh("python3 flask_app.py"),
      },
    ],
  },
  {
    name: "Django's runserver",
    server: /^runserver, Django \d+\.\d+/,
    stops: ["/break", "/async/break"],
    threads: true,
    starts: [
      {
        how: "by its command",
        suite: "bookworm",
        command: words("python3 manage.py runserver 0.0.0.0:8000"),
      },
      {
        how: "by an entrypoint script",
        suite: "trixie",
        command: words("./start.sh ./manage.py runserver 0.0.0.0:8000"),
      },
    ],
  },
  {
    name: "uvicorn",
    server: /^uvicorn \d+\.\d+\.\d+$/,
    stops: ["/break", "/async/break"],
    threads: true,
    starts: [
      {
        how: "by its command",
        suite: "bookworm",
        command: words("uvicorn --host 0.0.0.0 --workers 3 asgi_app:app"),
      },
      {
        how: "by a program with workers",
        suite: "trixie",
        command: words("python3 uvicorn_app.py"),
      },
      {
        how: "by a shell, with its reloader",
        suite: "trixie",
        command: sh(
          "uvicorn --host 0.0.0.0 --reload site_project.asgi:application",
        ),
      },
    ],
  },
  {
    name: "hypercorn",
    server: /^hypercorn \d+\.\d+\.\d+$/,
    stops: ["/break", "/async/break"],
    threads: true,
    starts: [
      {
        how: "by its command, with its reloader",
        suite: "trixie",
        command: words("hypercorn -b 0.0.0.0:8000 --reload asgi_app:app"),
      },
      {
        how: "by a config file with workers",
        suite: "bookworm",
        command: words("hypercorn -c hypercorn.toml asgi_app:app"),
      },
      {
        how: "by an entrypoint script and a config file",
        suite: "trixie",
        command: words(
          "./start.sh hypercorn -c hypercorn.toml site_project.asgi:application",
        ),
      },
    ],
  },
  {
    name: "daphne",
    server: /^daphne \d+\.\d+\.\d+$/,
    stops: ["/break", "/async/break"],
    threads: true,
    starts: [
      {
        how: "by its command, with a timeout",
        suite: "bookworm",
        command: words(
          "daphne -b 0.0.0.0 -p 8000 --http-timeout 3 --application-close-timeout 3 site_project.asgi:application",
        ),
      },
      {
        how: "by a shell",
        suite: "trixie",
        command: sh(
          "exec daphne -e tcp:8000:interface=0.0.0.0 -t 3 asgi_app:app",
        ),
      },
    ],
  },
];
