// Reads back, from the rollout, the frame that Codex put in force: asked for is not the same as in force.
import { join } from "node:path";
import type { Clock } from "../../../domain/clock.ts";
import { describeWidening, isInside } from "../../../domain/sandbox.ts";
import { resolveRealPath } from "../../../files/real-path.ts";
import type { CodexFrame } from "../../codex/codex-frame.ts";
import { findRollout, readPart } from "../../codex/rollouts/rollout-files.ts";
import { type FrameInForce, findFrameInForce } from "../../codex/rollouts/rollout-records.ts";

/** Longest wait for the rollout's `turn_context`: it is written within 150 ms of the first event (docs/codex-cli.md#rollouts). */
const FRAME_WAIT_MS = 2_000;
const FRAME_POLL_MS = 25;
/** The context stands near the start of what a turn adds. */
const FRAME_READ_BYTES = 4_194_304;

/** Where and since when to look. */
export interface FrameQuery {
  readonly codexHome: string;
  readonly threadId: string;
  /** Bytes that the rollout had before the turn. */
  readonly offset: number;
  /** Epoch ms of the spawn. */
  readonly since: number;
  readonly clock: Clock;
  /** True once nothing more will be written. */
  readonly isOver: () => boolean;
}

/** Waits for the frame in force; undefined when it did not show. */
export async function waitForFrame(query: FrameQuery): Promise<FrameInForce | undefined> {
  const until = query.clock() + FRAME_WAIT_MS;
  let path: string | undefined;
  for (;;) {
    const isLast = query.isOver() || query.clock() >= until;
    path ??= findRollout(query.codexHome, query.threadId);
    const text = path === undefined ? "" : readPart(path, query.offset, FRAME_READ_BYTES);
    const frame = findFrameInForce(text, query.since);
    if (frame !== undefined || isLast) return frame;
    await new Promise((resolve) => setTimeout(resolve, FRAME_POLL_MS));
  }
}

/** In what the frame in force allows more than the frame that was asked for; empty when it does not. */
export function describeFrameWidening(inForce: FrameInForce, frame: CodexFrame, codexHome: string): string[] {
  // As texts: the frame has real paths, and where a link has taken the place of one, resolving both would find them alike.
  const elsewhere = inForce.cwd !== undefined && inForce.cwd !== frame.cwd ? [`cwd ${inForce.cwd}`] : [];
  if (inForce.sandbox === undefined) return elsewhere;
  // 0.120 adds its memories folder by itself (docs/codex-cli.md#sandbox); what lies in cwd is writable anyway.
  const roots = inForce.sandbox.writableRoots.filter(
    (root) => root !== join(codexHome, "memories") && !isInside(root, frame.cwd),
  );
  // Those of a profile stand there as the user wrote them.
  const writableRoots = frame.permissions?.name === undefined ? roots : roots.map((root) => resolveRealPath(root));
  return [...elsewhere, ...describeWidening({ ...inForce.sandbox, writableRoots }, frame.sandbox)];
}
