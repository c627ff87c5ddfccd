// The command line of Claude Code for one thread. It is given anew with every process: a resume keeps the model and nothing else.
import { delimiter } from "node:path";
import { DEPTH_VARIABLE } from "../../../domain/chain.ts";
import { BridgeError } from "../../../domain/errors.ts";
import type { TurnRequest } from "../../../domain/turn.ts";
import { findOnPath, isProgram, leaveOutProject } from "../../../files/find-on-path.ts";
import type { CalleeFrame, CalleeSandbox } from "../../callee/callee-sandbox.ts";
import { BY_TOOLS, toHoldWarning } from "../../callee/hold-words.ts";
import type { RenewalLaunch } from "../login/login-renewal.ts";
import { readConsoleKey, toLoginFolder } from "../login/stored-login.ts";
import type { ThreadFolders } from "../sessions/thread-folders.ts";
import { toClaudeEnv } from "./claude-env.ts";
import { readBaseInstructions } from "./claude-own.ts";
import { type FrameFlags, toFrameFlags } from "./frame-flags.ts";

/** What every launch of a bridge depends on. */
export interface ClaudeLaunchOptions {
  /** Path of the program; undefined finds `claude` on the PATH. */
  readonly claudeBin: string | undefined;
  /** Environment of the bridge. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Names of variables that Claude Code gets although they would be withheld. */
  readonly envPass: readonly string[];
  /** Value of BRIDGE_DEPTH for the programs that Claude Code starts. */
  readonly readChildDepth: () => number;
  readonly sandbox: CalleeSandbox;
  readonly folders: ThreadFolders;
  /** The user's home. */
  readonly home: string;
}

/** A launch. */
export interface ClaudeLaunch {
  readonly file: string;
  /** Without those that name the thread. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly flags: FrameFlags;
  /** Whether the thread's own folder has to be opened first. */
  readonly hasOwnFolder: boolean;
  /** The sandbox to start it in; undefined starts it without one. */
  readonly held: CalleeFrame | undefined;
  /** How the login is renewed, where the program cannot do it itself. */
  readonly renewal: RenewalLaunch | undefined;
  /** What the result must say of the frame. */
  readonly warnings: readonly string[];
  /** A process that was started with the same key can run the turn. */
  readonly key: string;
}

/** The efforts of Claude Code 2.1.329. It passes over any other in silence. */
const EFFORTS = ["low", "medium", "high", "xhigh", "max"];

/** The kernel takes no longer argument. */
const MAX_ARGUMENT_BYTES = 131_071;

const ALWAYS = [
  "-p",
  "--input-format",
  "stream-json",
  "--output-format",
  "stream-json",
  "--verbose",
  // Otherwise the hooks and MCP servers of the project run, of a cloned repository too.
  "--setting-sources",
  "",
  "--strict-mcp-config",
  "--disable-slash-commands",
];

/** Without a prompt and without a tool. */
const RENEWAL = [...ALWAYS, "--permission-mode", "dontAsk", "--tools", "", "--no-session-persistence"];

/**
 * Builds the launch of a turn on a thread. Where the operating system does not hold its frame, Claude Code gets reading tools alone. Throws
 * INVALID_ARGUMENT, AGENT_NOT_FOUND, AGENT_UNSUPPORTED or CONFIG_INVALID.
 */
export function toClaudeLaunch(
  { frame, outputSchema, chain }: Pick<TurnRequest, "frame" | "outputSchema" | "chain">,
  threadId: string,
  options: ClaudeLaunchOptions,
): ClaudeLaunch {
  const { cwd, model, reasoningEffort, developerInstructions, own, sandbox } = frame;
  const hold = options.sandbox.choose(sandbox, cwd);
  const flags = toFrameFlags(hold.kind === "not held" ? { ...frame, sandbox: BY_TOOLS } : frame);
  const base = readBaseInstructions(own);
  if (reasoningEffort !== undefined && !EFFORTS.includes(reasoningEffort)) {
    throw new BridgeError("INVALID_ARGUMENT", `Claude Code has no effort ${JSON.stringify(reasoningEffort)}.`, {
      nextStep: `Use one of ${EFFORTS.join(", ")}, or leave it out.`,
    });
  }
  const args = [
    ...ALWAYS,
    "--permission-mode",
    flags.permissionMode,
    "--tools",
    flags.tools.join(","),
    ...(flags.isRestricted ? ["--restricted"] : []),
    ...flags.addedDirectories.flatMap((path) => ["--add-dir", path]),
    ...(model === undefined ? [] : [`--model=${model}`]),
    ...(reasoningEffort === undefined ? [] : ["--effort", reasoningEffort]),
    ...(base === undefined ? [] : [`--system-prompt=${base}`]),
    ...(developerInstructions === undefined ? [] : [`--append-system-prompt=${developerInstructions}`]),
    ...(outputSchema === undefined ? [] : [`--json-schema=${JSON.stringify(outputSchema)}`]),
  ];
  checkArguments(args);
  const file = findClaude(options, cwd);
  const place = toPlace(threadId, hold.kind === "held", options);
  // Its process goes on to the next turn, which may belong to another chain: so it is told the depth alone.
  const depth = Math.max(options.readChildDepth(), chain?.depth ?? 0);
  const added = { [DEPTH_VARIABLE]: String(depth), ...place?.env };
  const env = toClaudeEnv(options.env, options.envPass, added);
  const isHeld = hold.kind === "held" && place !== undefined;
  const held = isHeld ? { sandbox, ownFolders: [place.folder.path], tmpdir: place.folder.tmp } : undefined;
  const warnings = hold.kind === "not held" ? [toHoldWarning("Claude Code", hold.reason, sandbox)] : [];
  const key = JSON.stringify([file, cwd, args, env, held]);
  const renewal = isHeld ? { file, args: RENEWAL, env: toClaudeEnv(options.env, options.envPass, {}) } : undefined;
  return { file, args, env, cwd, flags, hasOwnFolder: place !== undefined, held, renewal, warnings, key };
}

// A thread that has been in a sandbox keeps its own folder without one, since its session is there.
function toPlace(threadId: string, isHeld: boolean, { folders, env, home }: ClaudeLaunchOptions) {
  if (!isHeld && !folders.has(threadId)) return undefined;
  const folder = folders.of(threadId);
  const login = { env, home, userConfig: folders.userConfig };
  const key = readConsoleKey(login);
  return {
    folder,
    env: {
      CLAUDE_CONFIG_DIR: folder.config,
      // The login stays where it is, so that a renewed one is seen.
      CLAUDE_SECURESTORAGE_CONFIG_DIR: toLoginFolder(login),
      ...(key === undefined ? {} : { ANTHROPIC_API_KEY: key }),
      CLAUDE_CODE_TMPDIR: folder.tmp,
    },
  };
}

function checkArguments(args: readonly string[]): void {
  if (!args.some((arg) => Buffer.byteLength(arg) > MAX_ARGUMENT_BYTES || arg.includes("\0"))) return;
  throw new BridgeError("INVALID_ARGUMENT", "The instructions or the schema are too long for a command line.", {
    nextStep: "Put long text into the prompt.",
  });
}

/** Finds Claude Code; programs of the project `cwd` do not count. Throws AGENT_NOT_FOUND. */
export function findClaude({ claudeBin, env }: Pick<ClaudeLaunchOptions, "claudeBin" | "env">, cwd: string): string {
  const path = leaveOutProject(env["PATH"] ?? "", cwd);
  const found = claudeBin ?? findOnPath("claude", [path, toLocalBin(env["HOME"])].join(delimiter));
  if (found !== undefined && isProgram(found)) return found;
  const where = claudeBin === undefined ? "There is no `claude` on the PATH." : `${claudeBin} is not a program.`;
  throw new BridgeError("AGENT_NOT_FOUND", where, { nextStep: INSTALL });
}

// Where Claude Code's own installer puts it.
function toLocalBin(home: string | undefined): string {
  return home === undefined ? "" : `${home}/.local/bin`;
}

/** What to do where there is no Claude Code. */
export const INSTALL = "Ask the user to install Claude Code (npm install -g @anthropic-ai/claude-code).";
