import { expect, test } from "vitest";
import { hazardsOf } from "./hazards.js";

/** What is said of a container's command, and of the text of its entrypoint script. */
const said = (words: string[], text = "") =>
  hazardsOf(words, text ? [{ path: "/entry.sh", text }] : []).map(
    ({ message }) => message,
  );

/** The kinds of what is found in a script. */
const kinds = (text: string) =>
  hazardsOf(["/entry.sh"], [{ path: "/entry.sh", text }]).map(
    ({ kind }) => kind,
  );

test.each([
  "python manage.py migrate",
  "python3 -u ./manage.py migrate --noinput",
  "exec /venv/bin/python /app/manage.py migrate --settings=a.b",
  "DJANGO_SETTINGS_MODULE=a.b django-admin migrate",
  "python -m django migrate",
  "poetry run python manage.py --traceback migrate",
  "gosu app:app python manage.py migrate",
  "su-exec app ./manage.py migrate",
  "alembic upgrade head",
  "alembic -c /app/alembic.ini upgrade head",
  "python -m alembic upgrade head",
  "flask db upgrade",
  "flask --app shop db upgrade",
  "uv run flask db upgrade",
  "aerich upgrade",
  "npx prisma migrate deploy",
  "npx prisma db push",
  "bundle exec rake db:migrate",
  "bin/rails db:prepare",
  "npx knex migrate:latest",
  "php artisan migrate --force".replace("php ", ""),
  "migrate -path /migrations -database $URL up",
  "until python manage.py migrate; do sleep 1; done",
  "wait-for db && python manage.py migrate && exec gunicorn app",
  "python manage.py \\\n  migrate",
  "(cd /app; python manage.py migrate)",
])("a migration: %s", (text) => {
  expect(kinds(`#!/bin/sh\nset -eu\n${text}\n`)).toEqual(["migration"]);
});

test.each([
  "celery -A shop beat",
  "celery -A shop worker -l info -B &",
  "python -m celery -A shop worker &",
  "nohup celery --app=shop worker > /dev/null 2>&1 &",
  "python manage.py qcluster &",
  "rq worker high default",
  "dramatiq shop.tasks --processes 1",
  "arq shop.Worker",
  "cron",
  "/usr/sbin/crond -b",
  "service cron start",
  "exec supervisord -c /etc/supervisord.conf",
  "tini -- honcho start",
  "uwsgi --ini a.ini --mule=shop/mule.py",
])("a worker or scheduler: %s", (text) => {
  expect(kinds(`#!/bin/bash\n${text}\n`)).toEqual(["worker"]);
});

test.each([
  "# python manage.py migrate",
  "echo 'run python manage.py migrate first'",
  "python manage.py makemigrations --check",
  "python manage.py migrate --check",
  "python manage.py showmigrations",
  "python manage.py collectstatic",
  "alembic current",
  "apt-get install -y cron",
  "pip install celery worker",
  "exec gunicorn shop.wsgi --worker-class gthread",
  'exec "$@"',
  "celery -A shop inspect ping",
  "chmod +x /usr/sbin/cron",
  "python -c 'import alembic'",
])("nothing: %s", (text) => {
  expect(kinds(text)).toEqual([]);
});

test("the line that does it, and the variable that decides", () => {
  const text = `#!/bin/sh
if [ "$MIGRATE" = 1 ]; then
  python manage.py migrate
fi
[ -n "\${WITH_BEAT:-}" ] && celery -A shop beat &
exec "$@"
`;
  expect(said(["/entry.sh", "gunicorn", "shop"], text)).toEqual([
    "/entry.sh:3 runs Django's migrations (manage.py migrate), so the replica runs them once more: switch it off with --env MIGRATE=…",
    "/entry.sh:5 starts Celery's scheduler (celery -A shop beat), so there are two of it: --original pause, or switch it off with --env WITH_BEAT=…",
  ]);
});

test("what is after the end of an `if` does not depend on it", () => {
  const text = `if [ "$WAIT" ]; then wait-for; fi\nif [ "$A" ]\nthen\n  true\nfi\nalembic upgrade head\n`;
  expect(said([], text)).toEqual([
    "/entry.sh:6 runs Alembic's migrations (alembic upgrade head), so the replica runs them once more: give the app's own command after --",
  ]);
});

test.each([
  [["sh", "-c", "alembic upgrade head && exec uvicorn shop:app"]],
  [["/bin/bash", "-lc", "alembic upgrade head; uvicorn shop:app"]],
  [["bash", "-e", "-c", "alembic upgrade head"]],
  [["tini", "--", "sh", "-c", "alembic upgrade head\nuvicorn shop:app"]],
])("in the command itself: %j", (words) => {
  expect(said(words)).toEqual([
    "its command runs Alembic's migrations (alembic upgrade head), so the replica runs them once more: give the app's own command after --",
  ]);
});

test.each([
  [["celery", "-A", "shop", "worker", "-B"]],
  [["/entrypoint.sh", "celery", "-A", "shop", "worker", "-B"]],
  [
    [
      "tini",
      "--",
      "docker-entrypoint.sh",
      "celery",
      "-A",
      "shop",
      "worker",
      "-B",
    ],
  ],
])("the command that an entrypoint executes: %j", (words) => {
  expect(said(words)).toEqual([
    "its command starts Celery's scheduler (celery -A shop worker -B), so there are two of it: --original pause, or give the app's own command after --",
  ]);
});

test("an app as it should be has none", () => {
  expect(
    said(
      ["/app/entrypoint.sh"],
      '#!/bin/sh\nset -eu\nexec gunicorn shop.wsgi "$@"\n',
    ),
  ).toEqual([]);
  expect(said(["python3", "-c", "import celery; celery.worker"])).toEqual([]);
  expect(said([])).toEqual([]);
});

test("what is not a script at all does no harm", () => {
  const noise = Array.from(
    { length: 5000 },
    (_, n) => `if case ((( \${ ${n} \\`,
  );
  expect(said(["x"], `\u0000\u0001${noise.join("\n")}`)).toEqual([]);
});
