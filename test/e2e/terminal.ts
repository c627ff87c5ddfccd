// A terminal without a window: a program in a pseudo-terminal, and the screen that a person would see.
import { type ChildProcess, spawn } from "node:child_process";
import xterm from "@xterm/headless";
import { until } from "../support/lab.ts";

/** A program in a terminal. */
export interface Terminal {
  readonly child: ChildProcess;
  /** The screen as lines, without blanks at their ends. */
  readScreen(): string;
  /** Types characters. `\r` is Enter, `\x1b` is Esc. */
  type(keys: string): void;
  /** Waits until the screen shows it. Fails with the screen as it is. */
  waitFor(pattern: RegExp, limitMs?: number): Promise<void>;
  /** Closes the terminal, as a person closes its window: the program gets SIGHUP. */
  close(): Promise<void>;
}

export interface TerminalOptions {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

const COLUMNS = 130;
const ROWS = 50;

/** Starts a program. `script` (util-linux) makes the pseudo-terminal. */
export function openTerminal({ command, cwd, env }: TerminalOptions): Terminal {
  const screen = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
  const line = `stty cols ${COLUMNS} rows ${ROWS}; exec ${command.map(quote).join(" ")}`;
  const child = spawn("script", ["--quiet", "--return", "--flush", "--command", line, "/dev/null"], {
    cwd,
    env: { ...env, TERM: "xterm-256color", LANG: "C.UTF-8", SHELL: "/bin/sh" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  child.stdout.on("data", (chunk: Buffer) => screen.write(chunk));
  child.stdin.on("error", () => {});
  // What the program asks of the terminal, such as its kind or the place of the cursor.
  screen.onData((answer) => child.stdin.write(answer));

  const readScreen = (): string => {
    const { active } = screen.buffer;
    const rows = Array.from({ length: ROWS }, (_, row) =>
      active.getLine(active.viewportY + row)?.translateToString(true),
    );
    return rows.join("\n").replaceAll("\u00a0", " ").trimEnd();
  };
  return {
    child,
    readScreen,
    type: (keys) => void child.stdin.write(keys),
    waitFor: async (pattern, limitMs) => {
      try {
        await until(String(pattern), () => pattern.test(readScreen()), limitMs);
      } catch (error) {
        throw new Error(`the screen does not show ${pattern}:\n${readScreen()}`, { cause: error });
      }
    },
    close: async () => {
      // The pseudo-terminal is gone with `script`, so the kernel sends SIGHUP to the program.
      child.kill("SIGKILL");
      await exited;
      screen.dispose();
    },
  };
}

/** Claude Code takes an Enter that comes at once for a part of a pasted text, or for one that was not meant. */
export const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 500));

/** Types a prompt into Claude Code and sends it. */
export async function prompt(on: Terminal, text: string): Promise<void> {
  on.type(text);
  await on.waitFor(new RegExp(`❯ ${text}`));
  await settle();
  on.type("\r");
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
