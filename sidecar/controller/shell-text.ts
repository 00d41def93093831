/** A script of a container's, as it was read. */
export interface Script {
  path: string;
  text: string;
}

/** One command of a shell script. */
export interface ShellCommand {
  /** `/app/entrypoint.sh:12`. */
  where: string;
  /** Without what is put before it, such as `exec` or `poetry run`. */
  text: string;
  /** The environment variables that decide whether it runs. */
  depends: string[];
}

/**
 * The commands of a shell script, in order, as far as can be said without a
 * shell: comments and what is only printed are left out. Pure.
 */
export function shellCommands({ path, text }: Script): ShellCommand[] {
  /** The variables of each `if`, `while` or `case` that is open. */
  const open: string[][] = [];
  return logicalLines(text).flatMap(({ line, number }) => {
    const code = line.replace(/(^|\s)#.*$/, "");
    if (/^\s*(fi|done|esac)\b/.test(code)) open.pop();
    if (/^\s*(if|while|until|case)\b/.test(code)) open.push(variables(code));
    const closes = /[;\s](fi|done|esac)\s*$/.test(code);
    const parts = code.split(/&&|\|\||[;|&]|\b(?:then|do|else)\b|\$\(|[()`]/);
    const commands = parts.flatMap((part, at) => {
      const bare = withoutWrappers(part.trim());
      if (!bare || QUIET.test(bare)) return [];
      const depends = [...open.flat(), ...variables(tests(parts.slice(0, at)))];
      const where = `${path}:${number}`;
      return [{ where, text: bare, depends: [...new Set(depends)] }];
    });
    if (closes && !/^\s*(fi|done|esac)\b/.test(code)) open.pop();
    return commands;
  });
}

/**
 * A command without what only wraps it: assignments, `exec`, an init, an
 * interpreter, an entrypoint that executes its arguments.
 */
export function withoutWrappers(command: string): string {
  let bare = command;
  for (;;) {
    const next = bare.replace(WRAPPER, "");
    if (next === bare) return bare.replace(/^"\$@"$/, "");
    bare = next;
  }
}

const WRAPPER = new RegExp(
  `^(?:${[
    /\w+=(?:"[^"]*"|'[^']*'|\S*)/, // FOO=bar
    /(?:exec|nohup|command|time|env|if|while|until|then|do|else|!|\{)/,
    /(?:su-exec|gosu|setpriv)\s+\S+/,
    /(?:sudo|nice|ionice|timeout|stdbuf|chroot)(?:\s+-\S+)*(?:\s+\d\S*)?/,
    /(?:\S*\/)?(?:tini|dumb-init|catatonit|docker-init)(?:\s+-[a-z-]+)*/,
    /--/,
    /(?:poetry|pipenv|uv|pdm|hatch|rye)\s+run/,
    /bundle\s+exec|npx|bunx|pnpm\s+(?:exec|dlx)|yarn/,
    /(?:\S*\/)?(?:ba|da|a|k|z)?sh(?:\s+-[a-z]*[^c\s])*/,
    /(?:\S*\/)?python[\d.]*(?:\s+-(?:[uOBEsSIv]+|[WX]\s*\S+))*(?:\s+-m)?/,
    /(?:\S*\/)?[\w.-]*entrypoint[\w.-]*|\S+\.sh/,
  ]
    .map(({ source }) => source)
    .join("|")})\\s+(?=\\S)`,
);

/** What only prints, or looks. */
const QUIET =
  /^(echo|printf|log|info|warn|die|:|\[|test|true|false|grep|which|type|apt-get|apt|apk|pip3?|npm)(\s|$)/;

/** The tests before a command on its line. */
function tests(parts: string[]): string {
  return parts.filter((part) => /^\s*(if\s+)?(\[|test\b)/.test(part)).join(" ");
}

function variables(text: string): string[] {
  return [...text.matchAll(/\$\{?([A-Z][A-Z0-9_]*)/g)].map(
    ([, name = ""]) => name,
  );
}

/** The lines, with those that end in a backslash joined; each with its first number. */
function logicalLines(text: string): { line: string; number: number }[] {
  const lines: { line: string; number: number }[] = [];
  let begun = "";
  let first = 1;
  text.split(/\r?\n/).forEach((line, at) => {
    if (begun === "") first = at + 1;
    if (line.endsWith("\\")) {
      begun += `${line.slice(0, -1)} `;
      return;
    }
    lines.push({ line: begun + line, number: first });
    begun = "";
  });
  return lines;
}
