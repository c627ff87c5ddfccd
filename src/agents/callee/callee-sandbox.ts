// Codex's own sandbox around the program of another agent, so that the operating system holds the frame of a turn, whatever the agent's modes
// are worth (docs/claude-code.md#inside-codexs-sandbox). A backend uses it like this:
//
//   const hold = sandbox.choose(frame.sandbox, cwd);    // before the launch, since what the agent may be given depends on it
//   const held = sandbox.wrap(program, calleeFrame);    // where `hold.kind` is "held"; stdin and stdout stay the agent's own
//   …start held.file with held.args and held.env (`LineLaunch.wrap` does it)…
//   const why = held.findRefusal(end);                  // where the program ended without a word: it may never have been started
//
// After a refusal, `choose` says "not held". The backend then starts the agent again, with no more than reading tools. It says "held" where the
// refusal was of the moment; then the next launch is held.
import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { BridgeError } from "../../domain/errors.ts";
import type { SandboxPolicy } from "../../domain/sandbox.ts";
import { findRealPath, resolveRealPath } from "../../files/real-path.ts";
import { CALLEES, CODEX_HOME } from "../../state/callee-folders.ts";
import { makePrivateFolder } from "../../state/private-files.ts";
import { toFlags } from "../codex/config/overrides.ts";
import { listAbsentNames } from "../codex/launch/protected-names.ts";
import { type CodexBinary, findCodexBinary } from "../codex/program/binary.ts";
import { findMissingTmpdir } from "../codex/program/sandbox-probe.ts";
import type { PlainProgram, WrappedProgram } from "../turn/line-process.ts";
import { listHiddenSockets } from "./doorways.ts";
import { findGuardRefusal, toGuardedCommand } from "./guard.ts";
import { listAreas, toCalleeProfile } from "./profile.ts";

/** What the program may write. The network is open: it asks its model itself. */
export interface CalleeFrame {
  /** Anything but full access. `/tmp` and `$TMPDIR` are never writable, whatever it says. */
  readonly sandbox: SandboxPolicy;
  /** The agent's own folders, writable in every frame. They exist, and hold nothing that another session or a person's program acts on. */
  readonly ownFolders: readonly string[];
  /** Where its temporary files go: within one of these. */
  readonly tmpdir: string;
}

/** How a frame is held: by the operating system, not at all since it has no limits, or by the agent's tools alone. */
export type Hold =
  | { readonly kind: "held" }
  | { readonly kind: "unlimited" }
  | {
      readonly kind: "not held";
      /** A part of a sentence, such as "the Codex CLI was not found". */
      readonly reason: string;
    };

/** The sandbox of a bridge's callees. */
export interface CalleeSandbox {
  /** How a frame would be held just now. No program is started for it: each launch proves its own sandbox before the agent begins. */
  choose(sandbox: SandboxPolicy, cwd: string): Hold;
  /** Puts a program into the sandbox of a frame. Only after `choose` said "held". Throws what the file system throws. */
  wrap(program: PlainProgram, frame: CalleeFrame): WrappedProgram;
}

/** Options of the sandbox. */
export interface CalleeSandboxOptions {
  /** Environment of the bridge. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The Codex CLI of the user's settings; undefined finds it. */
  readonly codexBin: string | undefined;
  readonly stateDir: string;
  /** Further paths that stay read-only where a frame would let them be written: Codex's home, the agents' own settings. */
  readonly guarded: readonly string[];
  readonly clock: () => number;
}

/** Time for which a sandbox that did not start is not tried again. It is tried earlier if Codex or the machine's settings for it change. */
const RETRY_MS = 600_000;
const MACHINE_FILES = ["config.toml", "managed_config.toml", "requirements.toml"].map((name) => `/etc/codex/${name}`);

/** Makes it. Nothing is started or written before the first `wrap`. */
export function createCalleeSandbox(options: CalleeSandboxOptions): CalleeSandbox {
  const { env, stateDir, clock } = options;
  const refused = new Map<string, { readonly reason: string; readonly until: number }>();

  return {
    choose: (sandbox, cwd) => {
      if (sandbox.mode === "danger-full-access") return { kind: "unlimited" };
      if (process.platform !== "linux") return notHeld("Codex's sandbox was tried around other agents on Linux alone");
      const binary = findBinary(options, cwd);
      if (binary === undefined) return notHeld("there is no Codex CLI, whose sandbox would hold it");
      const known = refused.get(toKey(binary, sandbox, cwd));
      return known !== undefined && clock() < known.until ? notHeld(known.reason) : { kind: "held" };
    },
    wrap: (program, frame) => {
      const binary = findBinary(options, program.cwd);
      if (binary === undefined) throw new Error("there is no Codex CLI");
      const folder = join(resolveRealPath(stateDir), CALLEES);
      const codexHome = join(folder, CODEX_HOME);
      makePrivateFolder(codexHome);
      const token = randomBytes(12).toString("hex");
      const guarded = [stateDir, ...options.guarded].map((path) => resolveRealPath(path));
      const areas = listAreas(program.cwd, frame);
      const hidden = listHiddenSockets(env, [...areas, stateDir]);
      const profile = toCalleeProfile(areas, frame.ownFolders, { guarded, hidden });
      return {
        file: binary.path,
        args: [...toSandboxWords(profile), ...toGuardedCommand(program, frame, { token, folder })],
        env: toSandboxEnv(program.env, codexHome),
        cwd: program.cwd,
        // The command line of each process of the sandbox ends with that of the program.
        ownWords: [program.file, ...program.args],
        absentNames: listAbsentNames(areas),
        findRefusal: (end) => {
          const reason = findGuardRefusal(end, token);
          const key = toKey(binary, frame.sandbox, program.cwd);
          // A socket that has gone while the sandbox was built says nothing of the next one.
          const isOfMoment = hidden.some((path) => end.stderr.includes(path) && findRealPath(path) === undefined);
          if (reason !== undefined && !isOfMoment) refused.set(key, { reason, until: clock() + RETRY_MS });
          return reason;
        },
      };
    },
  };
}

function notHeld(reason: string): Hold {
  return { kind: "not held", reason };
}

// Before 0.142 `codex sandbox` wants the system's name first, and refuses these words: its sandbox would be read-only, and without network.
function toSandboxWords(profile: ReturnType<typeof toCalleeProfile>): string[] {
  const flags = toFlags([
    ["default_permissions", "callee"],
    ["permissions.callee", profile],
    ["shell_environment_policy", { inherit: "all", ignore_default_excludes: true }],
  ]);
  return ["sandbox", ...flags, "--"];
}

// With a home of its own, Codex has neither the user's settings, which can widen a profile, nor the secrets of the user's `.env`.
function toSandboxEnv(env: Readonly<Record<string, string>>, codexHome: string): Record<string, string> {
  const { TMPDIR: tmpdir, ...others } = env;
  const isThere = tmpdir !== undefined && findMissingTmpdir(env) === undefined;
  return { ...others, ...(isThere ? { TMPDIR: tmpdir } : {}), CODEX_HOME: codexHome };
}

function findBinary({ env, codexBin }: CalleeSandboxOptions, cwd: string): CodexBinary | undefined {
  try {
    return findCodexBinary(codexBin, { env, execPath: process.execPath, cwd });
  } catch (error) {
    if (error instanceof BridgeError) return undefined;
    throw error;
  }
}

// Of what can make the sandbox fail. A directory can have a link where Codex wants to protect a folder.
function toKey({ stamp }: CodexBinary, sandbox: SandboxPolicy, cwd: string): string {
  const stamps = MACHINE_FILES.map((path) => {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats === undefined ? "" : `${stats.size}:${stats.mtimeMs}`;
  });
  return JSON.stringify([stamp, stamps, sandbox, cwd]);
}
