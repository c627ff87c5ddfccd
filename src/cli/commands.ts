// The list of commands. A command's code is loaded only when it runs.
import type { Command } from "./command.ts";
import { SERVER_COMMANDS } from "./commands/server-commands.ts";
import { SESSION_COMMANDS } from "./commands/session-commands.ts";
import { SET_UP_COMMANDS } from "./commands/set-up-commands.ts";
import { WORK_COMMANDS } from "./commands/work-commands.ts";

/** All commands, in the order of the help. The first one runs if no command is given. */
export const COMMANDS: readonly Command[] = [
  ...SERVER_COMMANDS,
  ...SET_UP_COMMANDS,
  ...WORK_COMMANDS,
  ...SESSION_COMMANDS,
];
