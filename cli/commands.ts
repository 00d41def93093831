import type { Command } from "commander";
import type { Cli } from "./cli.js";

/** Makes a command, given what it may know of the process. */
type Make = (cli: Cli) => Command;

/** The commands, in the order of the help; the module of one is loaded when it is called. */
export const COMMANDS = {
  debug: async () => (await import("./commands/debug.js")).debugCommand,
  create: async () => (await import("./commands/create.js")).createCommand,
  apply: async () => (await import("./commands/apply.js")).applyCommand,
  diff: async () => (await import("./commands/diff.js")).diffCommand,
  attach: async () => (await import("./commands/attach.js")).attachCommand,
  continue: async () =>
    (await import("./commands/continue.js")).continueCommand,
  get: async () => (await import("./commands/get.js")).getCommand,
  describe: async () =>
    (await import("./commands/describe.js")).describeCommand,
  events: async () => (await import("./commands/events.js")).eventsCommand,
  logs: async () => (await import("./commands/logs.js")).logsCommand,
  exec: async () => (await import("./commands/exec.js")).execCommand,
  cp: async () => (await import("./commands/cp.js")).cpCommand,
  "port-forward": async () =>
    (await import("./commands/port-forward.js")).portForwardCommand,
  stacks: async () => (await import("./commands/stacks.js")).stacksCommand,
  share: async () => (await import("./commands/share.js")).shareCommand,
  wait: async () => (await import("./commands/wait.js")).waitCommand,
  delete: async () => (await import("./commands/delete.js")).deleteCommand,
  up: async () => (await import("./commands/up.js")).upCommand,
  down: async () => (await import("./commands/down.js")).downCommand,
  doctor: async () => (await import("./commands/doctor.js")).doctorCommand,
  explain: async () => (await import("./commands/explain.js")).explainCommand,
  "api-resources": async () =>
    (await import("./commands/api-resources.js")).apiResourcesCommand,
  completion: async () =>
    (await import("./commands/completion.js")).completionCommand,
  config: async () => (await import("./commands/config.js")).configCommand,
  plugin: async () => (await import("./commands/plugin.js")).pluginCommand,
  version: async () => (await import("./commands/version.js")).versionCommand,
  __complete: async () =>
    (await import("./commands/complete.js")).completeCommand,
} satisfies Record<string, () => Promise<Make>>;

export type CommandName = keyof typeof COMMANDS;

/** Those that only programs call: no help lists them. */
export const HIDDEN: CommandName[] = ["__complete"];

/** Whether there is a command of that name. */
export function isCommand(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}
