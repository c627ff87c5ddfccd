// Runs the first turn of a new thread.
import { resolve } from "node:path";
import type { BackendDefaults } from "../../agents/agent-backend.ts";
import type { ApprovalPolicy } from "../../domain/thread.ts";
import type { TurnOutcome } from "../../domain/turn.ts";
import type { CallContext, StartRequest, TurnAnswer } from "../requests.ts";
import { findBaseDir } from "../threads/base-dir.ts";
import { holdToCaller } from "../threads/caller-limit.ts";
import { resolveDirectory } from "../threads/directories.ts";
import { buildFrame, refuseAskingFullAccess } from "../threads/frame.ts";
import { findRoots } from "../threads/isolation.ts";
import { takeName } from "../threads/name-claims.ts";
import { checkOutputFile, findOutputBase, writeOutputFile } from "./answers/output-file.ts";
import { toCheckFrame } from "./checks/check-sandbox.ts";
import { type DelegationParts, readScope } from "./delegation-parts.ts";
import { checkDepth } from "./depth.ts";
import { checkHandoff } from "./handoff/hand-files.ts";
import { placeFiles } from "./handoff/place-files.ts";
import { resolveImages } from "./images.ts";
import { requireWriting, runIsolated, wishToWrite } from "./start-isolated.ts";
import { addWarnings } from "./turn-steps.ts";

/** Starts a thread. Throws a BridgeError if the call is refused before a turn. */
export async function startThread(
  parts: DelegationParts,
  request: StartRequest,
  call: CallContext,
): Promise<TurnOutcome<TurnAnswer>> {
  const { options, claimName } = parts;
  checkDepth(options.readDepth(call));
  const { sessionId } = request;
  const release = sessionId === undefined ? undefined : takeName(sessionId, claimName, options.sessions);
  try {
    return await runFirstTurn(parts, request, call);
  } finally {
    release?.();
  }
}

async function runFirstTurn(
  parts: DelegationParts,
  asked: StartRequest,
  call: CallContext,
): Promise<TurnOutcome<TurnAnswer>> {
  const { areas, limits, backend, baseDir, proposals } = parts.options;
  const base = await findBaseDir(asked.cwd, call, baseDir);
  // A thread may go on in the worktree of another one, whose roots are those of the tree that it was made from.
  const roots = findRoots(limits.roots, resolve(base.path, asked.cwd ?? "."), proposals?.worktrees);
  const from = { base: base.path, home: areas.home, roots };
  const cwd = resolveDirectory("cwd", asked.cwd ?? ".", from);
  const config = backend.checkConfig(asked);
  const known = await readScope(parts, config.own, cwd, call);
  const held = wishToWrite(holdToCaller(asked, known.caller));
  // Here, since an isolated turn has only what git knows.
  const placing = { ...held, worktrees: proposals?.worktrees };
  const request = { ...held, handoff: held.handoff && placeFiles(held.handoff, cwd, placing) };
  const usualApproval = findUsualApproval(parts, known.defaults, asked, call);
  const scope = { ...known, baseDir: base.path, usualApproval };
  const frame = buildFrame(request, config, scope);
  requireWriting(request, frame);
  refuseAskingFullAccess(frame, "INVALID_ARGUMENT", backend.capabilities);
  if (request.check !== undefined) toCheckFrame(frame, scope);
  resolveImages(request, frame, proposals?.worktrees);
  checkHandoff(parts, request, frame);
  const outputBase = findOutputBase(request, cwd, parts.options);
  const outputScope = outputBase === cwd ? scope : await readScope(parts, config.own, outputBase, call);
  const { rulesPath } = parts.options;
  const where = { cwd: outputBase, scope: outputScope, profile: frame.permissions?.name, rulesPath };
  checkOutputFile(request, where);
  const giveBack = await parts.takeSlot(call);
  try {
    const { sessionId } = request;
    const outcome =
      request.isolation === undefined
        ? await parts.runner.run(request, { frame, sessionId, record: undefined }, call)
        : await runIsolated(parts, { request, config, cwd, scope, frame }, call);
    return addWarnings(await writeOutputFile(outcome, request, async () => where), { before: base.warnings });
  } finally {
    giveBack();
  }
}

// The user's own policy, where somebody can answer its questions. Elsewhere it would refuse what `never` lets run within the sandbox.
function findUsualApproval(
  { options }: DelegationParts,
  { approvalPolicy, askingPolicy }: BackendDefaults,
  { sandbox, sandboxWish }: StartRequest,
  call: CallContext,
): ApprovalPolicy | undefined {
  const canAsk =
    options.backend.capabilities.canAsk && call.askUser !== undefined && options.readDepth(call).depth === 0;
  const isHeld = ![sandbox, sandboxWish].includes("danger-full-access");
  return canAsk ? (approvalPolicy ?? (isHeld ? askingPolicy : undefined)) : undefined;
}
