// Whether Codex's sandbox holds the programs of other agents on this machine. It is tried as each turn of theirs does it.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createCalleeSandbox } from "../../../agents/callee/callee-sandbox.ts";
import { READ_ONLY } from "../../../domain/sandbox.ts";
import { resolveRealPath } from "../../../files/real-path.ts";
import { runForBytes } from "../../../process/run-bytes.ts";
import { CALLEES } from "../../../state/callee-folders.ts";
import { makePrivateFolder } from "../../../state/private-files.ts";
import type { DoctorSettings } from "../options.ts";

/** What the trial depends on. */
export interface HoldScope {
  /** The environment of the server. */
  readonly env: NodeJS.ProcessEnv;
  readonly settings: Pick<DoctorSettings, "codexBin" | "codexHome" | "stateDir">;
}

/** Measured: 60 to 130 ms. */
const LIMITS = { timeoutMs: 10_000, maxBytes: 65_536 };

/** Why a turn that writes is not held; undefined if it is. A part of a sentence. Nothing of the user's is touched: the trial has a directory of its own. */
export async function findHoldProblem({ env, settings }: HoldScope): Promise<string | undefined> {
  const { codexBin, codexHome, stateDir } = settings;
  const sandbox = createCalleeSandbox({ env, codexBin, stateDir, guarded: [codexHome], clock: Date.now });
  const frame = { ...READ_ONLY, mode: "workspace-write" as const };
  let own: string | undefined;
  try {
    const callees = join(resolveRealPath(stateDir), CALLEES);
    makePrivateFolder(callees);
    own = mkdtempSync(join(callees, "doctor-"));
    const [cwd, agent] = [join(own, "project"), join(own, "agent")];
    for (const folder of [cwd, agent]) makePrivateFolder(folder);
    const hold = sandbox.choose(frame, cwd);
    if (hold.kind === "not held") return hold.reason;
    const program = { file: "/bin/sh", args: ["-c", ":"], env: { PATH: env["PATH"] ?? "" }, cwd };
    const held = sandbox.wrap(program, { sandbox: frame, ownFolders: [agent], tmpdir: agent });
    const { signal } = new AbortController();
    const end = await runForBytes(held, { ...LIMITS, signal });
    const spawnError = end.problem === undefined ? undefined : new Error(end.problem);
    return held.findRefusal({ stderr: end.stderr, spawnError });
  } catch (error) {
    return `it could not be tried (${error instanceof Error ? error.message : String(error)})`;
  } finally {
    if (own !== undefined) rmSync(own, { recursive: true, force: true });
  }
}
