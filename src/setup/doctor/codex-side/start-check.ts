// Starts the bridge as Codex would, with the environment that Codex gives a server, and asks for its tools.
import { toShellWords } from "../../../domain/shell-words.ts";
import { connectClient } from "../../../mcp/client.ts";
import { type Finding, failed, ok, warning } from "../check.ts";
import type { CodexEntry } from "./codex-entries.ts";
import { type CodexLimits, toServerEnv } from "./server-env.ts";

/** How it is started. */
export interface StartScope {
  /** The environment that Codex would have. */
  readonly env: NodeJS.ProcessEnv;
  /** The directory of the session. */
  readonly cwd: string;
  readonly limits: CodexLimits;
  readonly version: string;
}

/** For so long Codex 0.150 and later wait for a server that is not required (docs/codex-cli.md#as-a-caller). */
const PATIENCE_MS = 1_000;

/** Makes a handshake with one entry. */
export async function checkStart(entry: CodexEntry, scope: StartScope): Promise<Finding> {
  const { limits } = scope;
  const limitMs = entry.startupMs ?? limits.startupMs;
  try {
    const first = await shakeHands(entry, scope, limitMs);
    // The machine may have been busy: only a slowness that stays is worth a word.
    const { tookMs, toolNames } = first.tookMs > PATIENCE_MS ? await shakeHands(entry, scope, limitMs) : first;
    const found = `"${entry.name}" answers Codex in ${tookMs} ms with ${toolNames.join(", ")}`;
    if (tookMs <= PATIENCE_MS) return ok(`${found}; it waits ${PATIENCE_MS} ms`);
    if (entry.isRequired || !limits.isImpatient) return ok(`${found}; it waits for that`);
    return warning(
      `${found}; it waits ${PATIENCE_MS} ms, so the first turn may not find the tools`,
      "Set required = true in the entry, if the machine is not faster at other times: then Codex waits, and does not start without the bridge.",
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return failed(`"${entry.name}": no handshake within ${limitMs / 1000} s: ${reason.slice(0, 200)}`, toAdvice(entry));
  }
}

async function shakeHands(entry: CodexEntry, { env, cwd, limits, version }: StartScope, limitMs: number) {
  const start = performance.now();
  const { command, args } = entry;
  const server = { command, args, env: toServerEnv(entry, env, limits), cwd: entry.cwd ?? cwd };
  const client = await connectClient(server, version, limitMs);
  const tookMs = Math.round(performance.now() - start);
  await client.close();
  return { tookMs, toolNames: client.toolNames };
}

function toAdvice({ place, command, args }: CodexEntry): string {
  if (place?.kind === "plugin") {
    return `Install the plugin again: \`${toShellWords(["codex", "plugin", "add", place.name])}\`.`;
  }
  return `Run it yourself to see why: ${toShellWords([command, ...args])}`;
}
