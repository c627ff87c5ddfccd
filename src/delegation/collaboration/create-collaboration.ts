// Carries a session from its plan to its pattern. Every step is stored, none is replaced.
import { hasPassed } from "../../domain/check.ts";
import type { Clock } from "../../domain/clock.ts";
import { BridgeError } from "../../domain/errors.ts";
import { listNames } from "../../domain/list-names.ts";
import type { Redact } from "../../domain/redact.ts";
import type { MemoryEntry } from "../../memory/memory-store.ts";
import type { ReadTarget } from "../../reviews/target.ts";
import type { Verdict } from "../../reviews/verdict.ts";
import { readTree } from "../checkpoints/read-tree.ts";
import type { Knowledge, StoreInput } from "../memory/knowledge.ts";
import type { CallContext } from "../requests.ts";
import type { Review, Reviewed, Reviews } from "../reviews/reviews.ts";
import type { CheckDone } from "../turns/checks/run-check.ts";
import type { Collaboration, JudgeRequest, SessionState, SessionStep, StepTaken } from "./collaboration.ts";
import { toEntryTitle, toImplementationText, toReviewText, toValidationText } from "./entry-texts.ts";
import { findNamedFiles, splitByReadable } from "./named-files.ts";
import { checkPlan } from "./plan-check.ts";
import { readSessionEntries } from "./session-entries.ts";
import { isSessionId, makeSessionId } from "./session-id.ts";
import { checkStep, toSessionState } from "./session-state.ts";
import { describeTree, listChangedFiles, readTreeTags, toTreeTags } from "./session-tree.ts";
import type { SessionTurns } from "./session-turns.ts";

/** The agent that reviews and validates. */
export interface JudgeAgent {
  readonly reviews: Pick<Reviews, "run">;
  /** Runs a shell command in its sandbox. Throws as `AgentBackend.runInSandbox` does, SANDBOX_DENIED, DEPTH_EXCEEDED and CANCELLED. */
  readonly check: (command: string, cwd: string, call: CallContext) => Promise<CheckDone>;
}

/** What it is made with. */
export interface CollaborationOptions {
  /** Directory of the bridge. */
  readonly project: string;
  /** The user's home folder. */
  readonly home: string;
  readonly memory: Pick<Knowledge, "store" | "list">;
  readonly openJudge: () => Promise<JudgeAgent>;
  readonly readTarget: ReadTarget;
  readonly turns: SessionTurns;
  readonly clock: Clock;
  readonly redact: Redact;
  /** A whole number from 0 to below its argument. */
  readonly random: (below: number) => number;
}

/** Plans that are looked through, and sessions that are listed. */
const MOST_PLANS = 200;
const MOST_SESSIONS = 20;

const REVIEW_PURPOSE =
  "The text is a plan that another agent is going to carry out; the files are those that it names, as they are today. Judge whether it can be carried out as it stands and reaches its goal. Report what has to change in the plan before that, at the plan's own line.";
const VALIDATE_PURPOSE =
  "The text is a plan; the files are what was made of it. Report where they do not do what the plan asks, or do it wrongly, at the line of the file. What the plan asks and no file does is a P1 at the plan's line. Do not review the plan itself.";

/** Makes it. */
export function createCollaboration(options: CollaborationOptions): Collaboration {
  const { memory, project, turns } = options;

  async function load(sessionId: string): Promise<SessionState> {
    const state = isSessionId(sessionId) ? await loadIfAny(sessionId) : undefined;
    if (state !== undefined) return state;
    throw new BridgeError(
      "SESSION_NOT_FOUND",
      `This project has no session ${JSON.stringify(sessionId.slice(0, 100))}.`,
      {
        nextStep: "Action list names the sessions of this project, and a plan without a session id begins one.",
      },
    );
  }

  // Its plan may be pruned between two looks.
  async function loadIfAny(sessionId: string): Promise<SessionState | undefined> {
    return toSessionState(sessionId, await readSessionEntries(memory, sessionId));
  }

  /** Takes a step that is open. Nobody else takes one of the session meanwhile, here or in another window. */
  async function take(
    step: SessionStep,
    sessionId: string,
    act: (state: SessionState) => Promise<Omit<StepTaken, "session">>,
  ): Promise<StepTaken> {
    return turns.hold(sessionId, async () => {
      const state = await load(sessionId);
      checkStep(step, state);
      const taken = await act(state);
      return { ...taken, session: await load(sessionId) };
    });
  }

  /** Stores a step's entry. Another machine knows nothing of our lock, so the session must be as it was. */
  async function store(before: SessionState, input: Omit<StoreInput, "sessionId">): Promise<MemoryEntry> {
    const now = await load(before.sessionId);
    if (now.status !== before.status || now.plan.id !== before.plan.id) {
      throw new BridgeError("STEP_OUT_OF_ORDER", `${before.sessionId} went on meanwhile: it is ${now.status} now.`, {
        nextStep: `Nothing was stored. Open are: ${now.open.join(", ")}.`,
      });
    }
    return memory.store({ ...input, sessionId: before.sessionId, follows: now.stand });
  }

  async function plan({ sessionId, title, text, files = [] }: Parameters<Collaboration["plan"]>[0], call: CallContext) {
    checkPlan(text);
    const tree = await readTree(options, undefined, call.signal);
    const subject = title?.trim() || readTitle(text);
    const entry = (id: string): StoreInput => ({
      ...{ text, files: [...new Set([...files, ...findNamedFiles(text, project)])], kind: "plan", agent: "claude" },
      ...{ title: toEntryTitle(id, "CLAUDE PLAN", subject), status: "AWAITING_CODEX_REVIEW", sessionId: id },
      tags: toTreeTags(tree),
    });
    const warnings = "git" in tree ? [] : [`${tree.reason} Which files are changed later cannot be told from git.`];
    if (sessionId === undefined) {
      // A key in the title would stand in its name in small letters, by which nothing recognises it.
      const id = makeSessionId(options.redact(subject), options.clock(), options.random);
      const stored = await memory.store(entry(id));
      return { session: await load(id), entry: stored, warnings };
    }
    return take("plan", sessionId, async (state) => ({ entry: await store(state, entry(sessionId)), warnings }));
  }

  async function judge(
    state: SessionState,
    { model, reasoningEffort, timeoutMs }: JudgeRequest,
    { purpose, files }: { readonly purpose: string; readonly files: readonly string[] },
    call: CallContext,
  ) {
    const { reviews } = await options.openJudge();
    const { there, missing } = splitByReadable(files, project, options.home);
    const asked = { text: state.plan.text, ...(there.length === 0 ? {} : { files: there }), purpose, cwd: project };
    const review = toReview(await reviews.run({ ...asked, model, reasoningEffort, timeoutMs }, call));
    const unread =
      missing.length === 0
        ? []
        : [`Not read, since it is no file here or may hold secrets: ${listNames(missing, MOST_SHOWN)}.`];
    return { review, warnings: [...review.warnings, ...unread] };
  }

  /** Codex has judged, which took minutes: where its entry cannot be stored, the judgement is still there. */
  async function storeJudgement(review: Review, before: SessionState, input: Omit<StoreInput, "sessionId">) {
    try {
      return await store(before, input);
    } catch (error) {
      if (!(error instanceof BridgeError)) throw error;
      const { message, code, report } = error;
      throw new BridgeError(
        code,
        `${message} What Codex said is kept: \`codex-bridge reviews ${review.id}\` shows it.`,
        {
          ...{ details: report.details, nextStep: report.nextStep, cause: error },
        },
      );
    }
  }

  return {
    plan,
    review: (request, call) =>
      take("review", request.sessionId, async (state) => {
        const judged = await judge(state, request, { purpose: REVIEW_PURPOSE, files: state.plan.files }, call);
        const { review, warnings } = judged;
        const entry = await storeJudgement(review, state, {
          ...{ kind: "review", agent: "codex", text: toReviewText(review), tags: [`review:${review.id}`] },
          title: toEntryTitle(state.sessionId, "CODEX REVIEW", state.title),
          status: BY_VERDICT[review.verdict as Verdict]?.("READY_FOR_IMPLEMENTATION") ?? state.status,
        });
        return { entry, review, warnings };
      }),
    implemented: ({ sessionId, text, taken = [] }, call) =>
      take("implemented", sessionId, async (state) => {
        const known = listFindings(state.review);
        const unknown = taken.filter((id) => !known.includes(id));
        if (unknown.length > 0) {
          throw new BridgeError("INVALID_ARGUMENT", `The review has no findings ${unknown.join(", ")}.`, {
            nextStep: known.length === 0 ? "Leave `taken` out." : `Its findings are ${known.join(", ")}.`,
          });
        }
        const tree = await readTree(options, undefined, call.signal, readTreeTags(state.plan));
        const changes = "git" in tree ? tree.changes : [];
        const entry = await store(state, {
          ...{ kind: "implementation", agent: "claude", status: "READY_FOR_CODEX_VALIDATION" },
          title: toEntryTitle(sessionId, "IMPLEMENTATION COMPLETE", state.title),
          text: toImplementationText({
            ...{ text, changes, more: "git" in tree ? tree.more : 0, taken },
            left: known.filter((id) => !taken.includes(id)),
          }),
          files: listChangedFiles(tree, project),
        });
        return { entry, warnings: describeTree(tree) };
      }),
    validate: (request, call) =>
      take("validate", request.sessionId, async (state) => {
        const files = state.implementation?.files ?? [];
        const { review, warnings } = await judge(state, request, { purpose: VALIDATE_PURPOSE, files }, call);
        const done =
          request.check === undefined
            ? undefined
            : await (await options.openJudge()).check(request.check, project, call);
        const hasFailed = done !== undefined && !hasPassed(done.check);
        const entry = await storeJudgement(review, state, {
          ...{
            kind: "validation",
            agent: "codex",
            text: toValidationText(review, done?.check),
            tags: [`review:${review.id}`],
          },
          title: toEntryTitle(state.sessionId, "CODEX VALIDATION", state.title),
          status: hasFailed
            ? "CHANGES_REQUESTED"
            : (BY_VERDICT[review.verdict as Verdict]?.("COMPLETE") ?? state.status),
          files,
        });
        return { entry, review, check: done?.check, warnings: [...warnings, ...(done?.warnings ?? [])] };
      }),
    extractPattern: ({ sessionId, text, title }) =>
      take("extract_pattern", sessionId, async (state) => {
        const entry = await memory.store({
          ...{ kind: "pattern", agent: "claude", scope: "user", tags: [sessionId], files: state.implementation?.files },
          title: `VALIDATED PATTERN: ${title?.trim() || state.title}`,
          text: `Source: ${sessionId}\n\n${text.trim()}`,
        });
        return { entry, warnings: [] };
      }),
    status: load,
    list: async () => {
      const plans = await memory.list({ kind: "plan", latest: true }, "project", MOST_PLANS);
      const ids = [
        ...new Set(
          plans.flatMap(({ sessionId }) => (sessionId !== undefined && isSessionId(sessionId) ? [sessionId] : [])),
        ),
      ];
      const states = await Promise.all(ids.slice(0, MOST_SESSIONS).map(loadIfAny));
      return states.filter((state) => state !== undefined);
    },
  };
}

const MOST_SHOWN = 5;
const TITLE_CHARACTERS = 100;

/** The status after a verdict; undefined keeps the one before. */
const BY_VERDICT: Readonly<Record<Verdict, ((good: "READY_FOR_IMPLEMENTATION" | "COMPLETE") => string) | undefined>> = {
  approve: (good) => good,
  "approve with comments": (good) => good,
  "request changes": () => "CHANGES_REQUESTED",
  incomplete: undefined,
};

function toReview(reviewed: Reviewed) {
  if (reviewed.review !== undefined) return reviewed.review;
  throw new BridgeError("INVALID_ARGUMENT", "There was nothing to review in the session's plan.");
}

function readTitle(text: string): string {
  const line = text
    .split("\n")
    .map((one) => one.replace(/^[\s#>*-]+/, "").trim())
    .find((one) => one !== "");
  return (line ?? "plan").slice(0, TITLE_CHARACTERS).toWellFormed();
}

const listFindings = (review: MemoryEntry | undefined): string[] =>
  [...(review?.text.matchAll(/^(F\d+) P[0-3]\b/gm) ?? [])].map(([, id]) => id ?? "");
