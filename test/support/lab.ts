// A lab for the real Codex CLI: a stand-in model, a home, a project and a state folder of their own, nothing of the machine's.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { readExecHelp } from "../../src/agents/codex/program/capabilities.ts";
import { listInstallFolders } from "../../src/agents/codex/program/install-folders.ts";
import { findOnPath } from "../../src/files/find-on-path.ts";
import {
  type ResponsesStandIn,
  type StandInAnswer,
  type StandInRequest,
  startResponsesStandIn,
  toCodexConfig,
} from "../../src/setup/demo/responses-standin.ts";

export type Respond = (request: StandInRequest) => StandInAnswer | Promise<StandInAnswer>;

export interface Lab {
  readonly standIn: ResponsesStandIn;
  /** Folder of everything below; not under /tmp, which every workspace-write sandbox may write. */
  readonly root: string;
  readonly codexHome: string;
  /** Where Codex works. */
  readonly project: string;
  /** A folder beside the project, to try to write to. */
  readonly outside: string;
  readonly stateDir: string;
  /** Environment for the bridge: made here, whole. */
  readonly env: Record<string, string>;
  /** Changes what the model does. */
  respond(respond: Respond): void;
  /** Writes config.toml: the stand-in as provider, `top` before the tables, `tables` after. */
  writeConfig(parts?: { top?: string; tables?: string; provider?: string }): void;
  readConfig(): string;
  close(): Promise<void>;
}

export const NATIVE_CODEX = findNative();

/** `app-server` or `exec` runs a suite with another backend than the usual one. */
export const BACKEND = process.env["LAB_BACKEND"] ?? "auto";

/** The name of the backend in answers. */
export const BACKEND_NAME = BACKEND === "exec" ? "codex-exec" : "codex-app-server";

/** What the Codex CLI under test can do; the suites differ by it where versions differ. */
export const CLI = readExecHelp(execFileSync(NATIVE_CODEX, ["exec", "--help"], { encoding: "utf8", env: {} }));

/** Whether turns run on the app server, as far as they fit it. The suites differ by it where the app server differs. */
export const ON_APP_SERVER = BACKEND !== "exec" && CLI.letsGoOfThreads;
/** Whether a turn that does not fit the app server runs all the same, by `codex exec`. */
export const RUNS_EVERY_TURN = BACKEND !== "app-server";

/** Whether a process is an app server, which its bridge keeps for the next turn. */
export const isWarmServer = ({ command }: { command: string }): boolean =>
  ON_APP_SERVER && /\/codex (?:-c \S+ )+/.test(command);

/** Whether this machine has a Codex of its own where the bridge looks without PATH: "there is none" cannot be shown then. */
export const HAS_MACHINE_CODEX =
  findOnPath("codex", listInstallFolders({ env: { HOME: "/nowhere" }, execPath: process.execPath }).join(delimiter)) !==
  undefined;

/** Says what the model says when it is asked anything: `steps`, then a last message. */
export const say =
  (text: string): Respond =>
  () => ({ steps: [{ say: text }] });

/** Holds every answer back until `goOn` is called. */
export function holdThenSay(text: string): { respond: Respond; goOn: () => void } {
  let goOn = (): void => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const respond: Respond = async () => {
    await held;
    return { steps: [{ say: text }] };
  };
  return { respond, goOn };
}

/** Runs one command, then says what it printed. */
export const runThenSay =
  (command: string): Respond =>
  (request) =>
    request.toolOutputs.length === 0
      ? { steps: [{ run: command }] }
      : { steps: [{ say: `output: ${request.toolOutputs.join("\n")}` }] };

/** Answers the first request with a call of a tool, an item of the stream in Codex's form, and says `over` to all others. */
export function callThenSay(item: Record<string, unknown>): Respond {
  const events = [
    { type: "response.output_item.done", output_index: 0, item },
    { type: "response.completed", response: { id: "r" } },
  ];
  let isMade = false;
  return () => {
    const answer = isMade ? { steps: [{ say: "over" }] } : { events };
    isMade = true;
    return answer;
  };
}

/** Names under which the CLIs offer the tool that starts a subagent: from 0.142 on it may be in a namespace. */
export const SUBAGENT_NAMESPACES = [undefined, "multi_agent_v1", "collaboration"];

/** Configures a role for subagents that has an MCP server. `spawn` is the call that starts such a subagent; the server makes the file `trace`. */
export function addRole(lab: Lab, namespace: string | undefined): { spawn: Record<string, unknown>; trace: string } {
  const trace = join(lab.outside, "started");
  const role = join(lab.codexHome, "writer.toml");
  writeFileSync(role, `[mcp_servers.other]\ncommand = "touch"\nargs = ["${trace}"]\n`);
  lab.writeConfig({ tables: `[agents.writer]\ndescription = "Writes"\nconfig_file = "${role}"\n` });
  const input = JSON.stringify({ agent_type: "writer", message: "x", task_name: "t", fork_turns: "none" });
  return {
    spawn: { type: "function_call", call_id: "1", name: "spawn_agent", namespace, arguments: input },
    trace,
  };
}

export async function createLab(respond: Respond = say("hello")): Promise<Lab> {
  let current = respond;
  const standIn = await startResponsesStandIn((request) => current(request));
  const root = mkdtempSync("/var/tmp/codex-bridge-test-");
  const folder = (name: string): string => {
    mkdirSync(join(root, name));
    return join(root, name);
  };
  const [codexHome, project, outside] = [folder("codex-home"), folder("project"), folder("outside")];
  const stateDir = join(root, "state");
  const lab: Lab = {
    standIn,
    root,
    codexHome,
    project,
    outside,
    stateDir,
    env: {
      HOME: root,
      PATH: process.env["PATH"] ?? "",
      CODEX_BIN: NATIVE_CODEX,
      CODEX_HOME: codexHome,
      BRIDGE_STATE_DIR: stateDir,
      BRIDGE_LOG_LEVEL: "debug",
      STANDIN_KEY: "dummy",
      // The default is proved as the default.
      ...(BACKEND === "auto" ? {} : { BRIDGE_BACKEND: BACKEND }),
    },
    respond: (next) => {
      current = next;
    },
    writeConfig: ({ top = "", tables = "", provider = "" } = {}) =>
      writeFileSync(join(codexHome, "config.toml"), `${top}\n${toCodexConfig(standIn.baseUrl)}${provider}\n${tables}`),
    readConfig: () => readFileSync(join(codexHome, "config.toml"), "utf8"),
    close: async () => {
      await standIn.close();
      rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
  lab.writeConfig();
  return lab;
}

/** Waits until something holds; fails after `limitMs`. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, limitMs = 15_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`did not happen in ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

// Another Codex CLI than the devDependency: test:versions names it.
function findNative(): string {
  const other = process.env["LAB_CODEX_BIN"];
  if (other !== undefined) return other;
  const path = join(
    import.meta.dirname,
    "../../node_modules/@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex",
  );
  return existsSync(path) ? path : join(import.meta.dirname, "../../node_modules/.bin/codex");
}
