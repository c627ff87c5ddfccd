// Reads the frame that Codex put in force from the rollout. It may differ from the frame that was asked for.
import { join } from "node:path";
import type { Clock } from "../../../domain/clock.ts";
import { describeWidening, isInside } from "../../../domain/sandbox.ts";
import { resolveRealPath } from "../../../files/real-path.ts";
import type { CodexFrame } from "../codex-frame.ts";
import { readPart } from "../rollouts/rollout-files.ts";
import { type FrameInForce, findFrameInForce } from "../rollouts/rollout-records.ts";

/**
 * How long to wait for the rollout's `turn_context`. It is written within 150 ms of the first event (docs/codex-cli.md#rollouts), and took more
 * than 2 s on a machine with seven times as much work as cores.
 */
const FRAME_WAIT_MS = 20_000;
const FRAME_POLL_MS = 25;
/** The context is near the start of what a turn adds. */
const FRAME_READ_BYTES = 4_194_304;

/** Where to look, and from which time on. */
export interface FrameQuery {
  /** Finds the thread's rollout. */
  readonly find: () => string | undefined;
  /** Size of the rollout before the turn, in bytes. */
  readonly offset: number;
  /** When Codex was started, epoch ms. */
  readonly since: number;
  readonly clock: Clock;
  /** Aborts once nothing more will be written. */
  readonly over: AbortSignal;
}

/** Waits for the frame in force; undefined if it did not appear. */
export async function waitForFrame(query: FrameQuery): Promise<FrameInForce | undefined> {
  const until = query.clock() + FRAME_WAIT_MS;
  let path: string | undefined;
  for (;;) {
    const isLast = query.over.aborted || query.clock() >= until;
    path ??= query.find();
    const text = path === undefined ? "" : readPart(path, query.offset, FRAME_READ_BYTES);
    const frame = findFrameInForce(text, query.since);
    if (frame !== undefined || isLast) return frame;
    await wait(FRAME_POLL_MS, query.over);
  }
}

// Until the time is over, or the signal aborts.
function wait(ms: number, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      over.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    over.addEventListener("abort", end, { once: true });
    if (over.aborted) end();
  });
}

/** What the frame in force allows beyond the frame that was asked for; empty if nothing. */
export function describeFrameWidening(inForce: FrameInForce, frame: CodexFrame, codexHome: string): string[] {
  // Compared as texts. The frame has real paths; if a link has replaced one of them, resolving both would make them look the same.
  const elsewhere = inForce.cwd !== undefined && inForce.cwd !== frame.cwd ? [`cwd ${inForce.cwd}`] : [];
  if (inForce.sandbox === undefined) return elsewhere;
  // 0.120 adds its memories folder by itself (docs/codex-cli.md#sandbox). Paths in cwd are writable anyway.
  const roots = inForce.sandbox.writableRoots.filter(
    (root) => root !== join(codexHome, "memories") && !isInside(root, frame.cwd),
  );
  // A profile's paths appear there as the user wrote them.
  const writableRoots = frame.permissions?.name === undefined ? roots : roots.map((root) => resolveRealPath(root));
  return [...elsewhere, ...describeWidening({ ...inForce.sandbox, writableRoots }, frame.sandbox)];
}
