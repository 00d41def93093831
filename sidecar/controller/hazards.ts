import {
  shellCommands,
  withoutWrappers,
  type Script,
  type ShellCommand,
} from "./shell-text.js";

/** Something that the start of a second instance of the app does once more. */
export interface Hazard {
  kind: "migration" | "worker";
  /** What was seen and where, and what to do. */
  message: string;
}

type Kind = Hazard["kind"];

/** How a command begins, and what that is called. */
type Rule = [kind: Kind, pattern: RegExp, what: string];

/** Paths may stand before a command's name, and options between its words. */
const RULES: Rule[] = [
  [
    "migration",
    /(manage\.py|django-admin|django)\s(?!.*--(check|plan)\b)(.*\s)?migrate\b/,
    "Django's migrations",
  ],
  [
    "migration",
    /alembic\s(.*\s)?(upgrade|downgrade)\b/,
    "Alembic's migrations",
  ],
  [
    "migration",
    /(flask|quart|superset)\s(.*\s)?db\s+(upgrade|downgrade)\b/,
    "Flask's migrations",
  ],
  ["migration", /aerich\s(.*\s)?upgrade\b/, "Aerich's migrations"],
  [
    "migration",
    /prisma\s+(migrate\s+(deploy|dev|reset)|db\s+push)\b/,
    "Prisma's migrations",
  ],
  [
    "migration",
    /(rails|rake|sequelize|npm\s+run|yarn)\s(.*\s)?db:(migrate|setup|prepare|reset|schema:load)/,
    "the database's migrations",
  ],
  [
    "migration",
    /(knex|typeorm|sequelize-cli|artisan|flyway|sqlx|diesel|airflow\s+db|mikro-orm)\s(.*\s)?migrat/,
    "the database's migrations",
  ],
  [
    "migration",
    /(liquibase\s(.*\s)?update|(dbmate|goose|migrate)\s(.*\s)?up|yoyo\s(.*\s)?apply|piccolo\s+migrations\s+forwards)\b/,
    "the database's migrations",
  ],
  [
    "worker",
    /celery\s(.*\s)?(beat|worker\s(.*\s)?(-B|--beat))(\s|$)/,
    "Celery's scheduler",
  ],
  ["worker", /celery\s(.*\s)?(worker|multi\s+start)(\s|$)/, "a Celery worker"],
  [
    "worker",
    /manage\.py\s(.*\s)?(qcluster|rqworker|rqscheduler|run_huey|process_tasks|runworker|rundramatiq|runapscheduler|celery)\b/,
    "a worker of the app",
  ],
  [
    "worker",
    /(rq\s+worker|rqworker|rqscheduler|huey_consumer(\.py)?|dramatiq|arq|sidekiq|procrastinate\s(.*\s)?worker|taskiq\s+(worker|scheduler)|faststream\s+run)(\s|$)/,
    "a worker",
  ],
  ["worker", /(cron|crond|supercronic|service\s+cron\s+start)(\s|$)/, "cron"],
  [
    "worker",
    /(supervisord|circusd|honcho\s+start|foreman\s+start|overmind\s+start|s6-svscan|runsvdir|pm2-runtime)(\s|$)/,
    "several programs",
  ],
  [
    "worker",
    /uwsgi\s(.*\s)?--(cron2?|unique-cron|mule|spooler|attach-daemon2?)\b/,
    "uWSGI's background jobs",
  ],
];

/**
 * What a second instance of a container does once more at its start, from the
 * words of its command and the scripts that those run. Pure.
 */
export function hazardsOf(words: string[], scripts: Script[]): Hazard[] {
  const path = "its command";
  const inline = inlineScript(words);
  const whole = {
    where: path,
    text: withoutWrappers(words.join(" ")),
    depends: [],
  };
  const own =
    inline === undefined
      ? [whole]
      : shellCommands({ path, text: inline }).map((command) => ({
          ...command,
          where: path,
        }));
  const all = [...own, ...scripts.flatMap(shellCommands)];
  return all.flatMap((command) => {
    const rule = RULES.find(([, pattern]) => beginsWith(pattern, command.text));
    return rule ? [hazard(rule, command)] : [];
  });
}

/** The text of `sh -c TEXT`. */
export function inlineScript(words: string[]): string | undefined {
  const at = words.findIndex(
    (word, at) =>
      /^-[a-z]*c$/.test(word) &&
      /sh$/.test(
        words
          .slice(0, at)
          .join(" ")
          .replace(/( -\S+)+$/, ""),
      ),
  );
  return at < 0 ? undefined : words[at + 1];
}

function beginsWith(pattern: RegExp, text: string): boolean {
  return new RegExp(`^(?:\\S*/)?(?:${pattern.source})`).test(text);
}

const LONGEST = 60;

function hazard([kind, , what]: Rule, command: ShellCommand): Hazard {
  const { where, text, depends } = command;
  const plain = text.replaceAll(/\s+/g, " ");
  const shown =
    plain.length > LONGEST ? `${plain.slice(0, LONGEST - 1)}…` : plain;
  const without =
    depends.length > 0
      ? `switch it off with --env ${depends.at(-1)}=…`
      : "give the app's own command after --";
  return {
    kind,
    message:
      kind === "migration"
        ? `${where} runs ${what} (${shown}), so the replica runs them once more: ${without}`
        : `${where} starts ${what} (${shown}), so there are two of it: --original pause, or ${without}`,
  };
}
