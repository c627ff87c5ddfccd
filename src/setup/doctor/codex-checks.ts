// Checks of the user's Codex CLI: the program and its own MCP servers.
import { isAbsolute } from "node:path";
import { type CodexBinary, findCodexBinary } from "../../agents/codex/program/binary.ts";
import {
  type ExecCapabilities,
  listMcpServers,
  probeExec,
  type RunCodex,
} from "../../agents/codex/program/capabilities.ts";
import { DESKTOP_PATH } from "../../agents/codex/program/install-folders.ts";
import { type BridgeError, toBridgeError } from "../../domain/errors.ts";
import { describeBroken } from "./broken-codex.ts";
import { addressUser, type Finding, failed, ok, warning } from "./check.ts";

/** Oldest Codex CLI whose event stream the bridge reads. */
const OLDEST = [0, 50] as const;

/** Finds the program that turns in `cwd` run. */
export function findCodex(
  codexBin: string | undefined,
  env: NodeJS.ProcessEnv,
  cwd: string,
): CodexBinary | BridgeError {
  try {
    return findCodexBinary(codexBin, { env, execPath: process.execPath, cwd });
  } catch (error) {
    return toBridgeError(error);
  }
}

/** Checks the CLI: its version, its features, and whether it is npm's wrapper without a native program. */
export async function checkCodex(
  binary: CodexBinary,
  run: RunCodex,
  desktop: (found: string) => Finding = ok,
): Promise<Finding> {
  const output = await run(["--version"]);
  const version = /(\d+)\.(\d+)\.\S+/.exec(output.exitCode === 0 ? output.stdout : "");
  if (version === null) return describeBroken(binary.path, output);
  const found = `codex ${version[0]} at ${binary.path}`;
  const exec = await probeExec(run);
  const lacks = exec.isSure
    ? describeLacks(exec.value)
    : "; `codex exec --help` did not answer, so its options are not known";
  const [major, minor] = [Number(version[1]), Number(version[2])];
  if (major === OLDEST[0] && minor < OLDEST[1]) {
    return failed(found, `The bridge needs ${OLDEST.join(".")} or newer: npm install -g @openai/codex.`);
  }
  if (!exec.isSure) {
    return warning(
      `${found}${lacks}`,
      "Run doctor again when the machine is idle. Calls fail until that command answers.",
    );
  }
  if (!binary.path.endsWith(".js")) return desktop(`${found}${binary.isOffPath ? " (not on PATH)" : ""}${lacks}`);
  return warning(
    `${found}: npm's wrapper is there, but the native program behind it is missing`,
    "Install @openai/codex again, for this platform.",
  );
}

/**
 * Adds to the result which Codex a client finds that was started without this terminal's PATH. `codexBin` is the setting; an absolute path
 * works everywhere.
 */
export function judgeDesktop(codexBin: string | undefined, binary: CodexBinary, env: NodeJS.ProcessEnv) {
  return (found: string): Finding => {
    if (codexBin !== undefined && isAbsolute(codexBin)) return ok(found);
    try {
      const other = findCodexBinary(codexBin, { env, execPath: process.execPath, path: DESKTOP_PATH });
      return ok(other.path === binary.path ? found : `${found}; without this terminal's PATH it is ${other.path}`);
    } catch {
      return warning(
        `${found}, which is on this terminal's PATH only`,
        `A client that is started from the desktop does not find it. Set CODEX_BIN=${binary.path} in the entry.`,
      );
    }
  };
}

// Arguments of a call that this CLI does not support.
function describeLacks({ takesInstructions, takesImages }: ExecCapabilities): string {
  const lacks = [
    ...(takesInstructions ? [] : ["developer-instructions", "compact-prompt"]),
    ...(takesImages ? [] : ["images"]),
  ];
  return lacks.length === 0 ? "" : `; it does not take ${lacks.join(", ")}`;
}

/** Lists Codex's own MCP servers. They run outside its sandbox. */
export async function checkMcpServers(run: RunCodex, mode: "inherit" | "none"): Promise<Finding> {
  const listed = await listMcpServers(run);
  if (!listed.isSure) {
    return warning(
      "this Codex CLI does not list them",
      "Check config.toml yourself: MCP servers run outside Codex's sandbox.",
    );
  }
  const { value } = listed;
  if (value.length === 0) return ok("none");
  const names = value.map(({ name }) => name).join(", ");
  if (mode === "none") return ok(`${names}; not started (BRIDGE_CHILD_MCP=none)`);
  return ok(`${names}; they run outside Codex's sandbox (BRIDGE_CHILD_MCP=none leaves them out)`);
}

/** The finding for a Codex that was not found. */
export function toMissing({ report: { message, nextStep } }: BridgeError): Finding {
  return failed(message, addressUser(nextStep));
}
