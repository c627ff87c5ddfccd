// The shell that stands between Codex's sandbox and the agent: it proves the sandbox from within before the agent begins. What a sandbox of
// this machine was seen to do at another time, or for another directory, proves nothing for this one.
import { readlinkSync } from "node:fs";
import { join } from "node:path";
import { cutText } from "../../domain/cut-text.ts";
import type { ProgramEnd } from "../../process/program.ts";
import { readCodexWords } from "../codex/program/codex-words.ts";
import type { PlainProgram } from "../turn/line-process.ts";
import type { CalleeFrame } from "./callee-sandbox.ts";

const REASON_CHARACTERS = 300;

/**
 * Writes to the two places must fail and one must succeed, and the network must be the machine's own. A redirection that fails ends a POSIX
 * shell, so each has a shell of its own. What Codex has set for itself is taken back: its home, its folder in front of PATH.
 */
const SCRIPT = `token=$1 outside=$2 project=$3 inside=$4 network=$5 path=$6 tmpdir=$7
shift 7
refuse() { echo "$token refused: $1" >&2; exit 97; }
for file in "$outside" "$project"; do
  if [ -n "$file" ] && (: > "$file") 2>/dev/null; then rm -f "$file"; refuse "it let a file outside its frame be written"; fi
done
(: > "$inside") 2>/dev/null || refuse "the agent's own folder cannot be written in it"
rm -f "$inside"
[ "$(readlink /proc/self/ns/net)" = "$network" ] || refuse "it has no network"
echo "$token begun" >&2
unset CODEX_HOME
PATH=$path TMPDIR=$tmpdir
export PATH TMPDIR
exec "$@"`;

/** What the proof needs. */
export interface Proof {
  /** Names the launch. */
  readonly token: string;
  /** A folder of the bridge that no frame may write. */
  readonly folder: string;
}

/** The command that proves its sandbox, and then becomes the program. */
export function toGuardedCommand(program: PlainProgram, frame: CalleeFrame, { token, folder }: Proof): string[] {
  const { file, args, env, cwd } = program;
  // In the user's directory only where it must fail.
  const project = frame.sandbox.mode === "read-only" ? join(cwd, `.codex-bridge-${token}`) : "";
  // The name is new each time: the agent may have left something in the place of any other.
  const places = [join(folder, `outside-${token}`), project, join(frame.tmpdir, `begun-${token}`)];
  const script = ["/bin/sh", "-c", SCRIPT, "sh", token, ...places, readNetwork(), env["PATH"] ?? "", frame.tmpdir];
  return [...script, file, ...args];
}

/** Why the program was not started; undefined if it was. What the shell has not said has not happened. */
export function findGuardRefusal(
  { stderr, spawnError }: Pick<ProgramEnd, "stderr" | "spawnError">,
  token: string,
): string | undefined {
  if (spawnError !== undefined) return `Codex could not be started (${spawnError.message})`;
  if (stderr.includes(`${token} begun`)) return undefined;
  const refusal = new RegExp(`${token} refused: (.*)`).exec(stderr)?.[1];
  if (refusal !== undefined) return `Codex's sandbox does not hold here: ${refusal}`;
  const words = cutText(readCodexWords(stderr), REASON_CHARACTERS);
  return `Codex's sandbox did not start (${words === "" ? "it said nothing" : words})`;
}

// A network of its own would be cut off from the model.
function readNetwork(): string {
  try {
    return readlinkSync("/proc/self/ns/net");
  } catch {
    return "unknown";
  }
}
