// The agents' programs, and how they run.
import { BACKENDS } from "../modes.ts";
import { parseCodexHome } from "../parse-settings.ts";
import { oneOf, parseSwitch, toPath, wholeNumber } from "../parse-value.ts";
import { row } from "./setting-row.ts";

const HOUR_MS = 3_600_000;

/** In the order of docs/reference.md. */
export const AGENT_ROWS = [
  row(
    "codexBin",
    "CODEX_BIN",
    "`codex` on `PATH`, then the usual install folders",
    "Path or name of the Codex CLI to run.",
    (value, scope) => (value === undefined ? undefined : value.includes("/") ? toPath(value, scope) : value),
  ),
  row(
    "codexHome",
    "CODEX_HOME",
    "`~/.codex`",
    "Codex's home folder, with its login, `config.toml` and threads. You can set `CODEX_CONFIG_PATH` to the path of a `config.toml` instead.",
    parseCodexHome,
  ),
  row(
    "claudeBin",
    "CLAUDE_BIN",
    "`claude` on `PATH`, then `~/.local/bin`",
    "Path of the Claude Code to run.",
    (value, scope) => (value === undefined ? undefined : toPath(value, scope)),
  ),
  row(
    "backend",
    "BRIDGE_BACKEND",
    "`auto`",
    "How Codex is run. `app-server`: all turns run on one warm `codex app-server`, which is faster and takes further input in mid-turn (Codex 0.160 and later); a turn that it cannot hold to its limits is refused. `exec`: each turn is a `codex exec` of its own. `auto`: the app server where it runs, for every turn that it can hold to its limits; `codex exec` for the others.",
    (value) => (value === undefined ? "auto" : oneOf(BACKENDS, value)),
  ),
  row(
    "threadIdleMs",
    "BRIDGE_THREAD_IDLE_MS",
    "60000 (1 minute)",
    "How long the app server keeps a thread open after a turn, in ms. Until then you cannot continue it in a terminal.",
    wholeNumber(60_000, 0, 24 * HOUR_MS),
  ),
  row(
    "appServerIdleMs",
    "BRIDGE_APP_SERVER_IDLE_MS",
    "600000 (10 minutes)",
    "How long an app server without threads is kept, in ms.",
    wholeNumber(600_000, 0, 24 * HOUR_MS),
  ),
  row(
    "attach",
    "BRIDGE_ATTACH",
    "`0`",
    "`1` lets `codex-bridge attach` open the threads of the app server in your terminal, while Claude works with them. It opens a socket of yours that Codex's sandboxed commands cannot reach (see SECURITY.md). It has no effect with `BRIDGE_BACKEND=exec`.",
    parseSwitch,
  ),
] as const;
