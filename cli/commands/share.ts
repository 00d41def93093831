import { Command } from "commander";
import {
  SHARE_NAME,
  SHARE_OFF,
  withParameter,
} from "../../sidecar/schema/share.js";
import type { Cli } from "../cli.js";
import { badFlag, usage } from "../errors.js";
import { commandPath, withExamples } from "../flags.js";
import { onlySession } from "../only-session.js";
import { formatName } from "../print/name.js";
import { printable } from "../../sidecar/schema/printable.js";
import { parseNamesOf } from "../resources.js";

interface ShareOptions {
  /** Undefined: the only one. */
  session: string | undefined;
  /** Undefined: wherever the app seems to be published. */
  url: string | undefined;
}

/** `sidestep share`: prints a link that puts a browser into a session. */
export function shareCommand(cli: Cli): Command {
  const command = new Command("share")
    .description(
      "Print a link that puts a browser into a session: by a cookie of the app's own origin, until the session ends",
    )
    .argument(
      "[session...]",
      "session/NAME or session NAME (default: the only session)",
    )
    .option(
      "--url <url>",
      "a page of the app, as those who get the link reach it (default: where the app is published on the Engine's host)",
    )
    .action((words: string[], flags: { url?: string }) =>
      run(cli, complete(commandPath(command), words, flags.url)),
    );
  return withExamples(command, [
    ["A link for this machine", "sidestep share session/shop-x7k2p"],
    [
      "A link to a page, for a colleague",
      "sidestep share session/shop-x7k2p --url http://192.168.0.7:8080/orders/7",
    ],
  ]);
}

function complete(
  path: string,
  words: string[],
  url: string | undefined,
): ShareOptions {
  const names = parseNamesOf(path, "sessions", words);
  if (names.length > 1) {
    throw usage(path, "a link is of one session: session/NAME");
  }
  return {
    session: names[0],
    url: url === undefined ? undefined : readUrl(path, url),
  };
}

function readUrl(path: string, text: string): string {
  const accepted = "must be a page of the app, such as http://HOST:PORT/path";
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    throw badFlag(path, "--url", text, accepted);
  }
  const url = new URL(text);
  if (url.searchParams.has(SHARE_NAME)) {
    throw badFlag(path, "--url", text, `${accepted}, without ${SHARE_NAME}`);
  }
  return url.href;
}

async function run(cli: Cli, options: ShareOptions): Promise<void> {
  const { out, err } = cli.streams;
  const client = await cli.connect();
  const name = options.session ?? (await onlySession(client, "share"));
  const { status } = await client.share(name);
  const session = await client.session(name);
  const typed = formatName("sessions", name);
  const say = (text: string) => err.write(`${printable(text)}\n`);

  const origins = options.url ? [{ url: options.url }] : status.origins;
  for (const { url } of origins) {
    out.write(`${printable(withParameter(url, status.parameter))}\n`);
  }
  if (origins.length === 0) {
    out.write(`?${status.parameter}\n`);
    say(
      "it is not known where the app is published: append this to the URL of any of its pages, or say --url",
    );
  }
  if (status.everyRequest) {
    say(
      `${typed} takes every request: nobody needs the link, and leaving it changes nothing`,
    );
  }
  if (!session.status.conditions.some(isReady)) {
    say(
      `${typed} is ${session.status.phase}: the link has its effect once it is Ready`,
    );
  }
  const leave = `${SHARE_NAME}=${SHARE_OFF}`;
  const [first] = origins;
  say(
    `whoever opens it is in ${typed}, on that host, until the session ends; to leave: ${first ? withParameter(first.url, leave) : `?${leave}`}`,
  );
}

const isReady = ({ type, status }: { type: string; status: string }) =>
  type === "Ready" && status === "True";
