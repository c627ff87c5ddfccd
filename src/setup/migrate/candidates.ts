// The registrations that were asked for: what each is, whether the bridge works in its place, and what becomes of it.
import { type Draft, type Drafts, findObstacle } from "./draft.ts";
import type { Edit } from "./edit.ts";
import type { Holder } from "./holders.ts";
import type { KnownServer } from "./known-servers.ts";
import { recognise } from "./recognise.ts";
import { listRecords, type MigrationRecord } from "./records.ts";
import type { Finding } from "./report.ts";
import { type PlanOptions, planServer, type ServerEntry, type ServerPlan } from "./server-plan.ts";
import type { Target } from "./target.ts";

/** A server to start, as Claude Code would. */
export interface ServerLaunch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Shakes hands with a server; what it answers in words, or why not. */
export type Prove = (launch: ServerLaunch) => Promise<{ readonly works: boolean; readonly words: string }>;

/** What candidates are judged by. */
export interface CandidateOptions extends PlanOptions {
  readonly stateDir: string;
  readonly prove: Prove;
}

/** A registration on its way. */
export interface Candidate {
  readonly draft: Draft;
  readonly isShared: boolean;
  readonly entry: ServerEntry;
  readonly plan: ServerPlan;
  /** The server that the bridge takes the place of, or took in an earlier migration; undefined where there is none on record. */
  readonly former: KnownServer | undefined;
  /** What replaces it; undefined where it stays. */
  edit: Edit | undefined;
  findings: readonly Finding[];
}

/** Looks at the registrations of these files, each once: a file may be named twice, or be a link to another. */
export async function findCandidates(
  targets: readonly Target[],
  drafts: Drafts,
  options: CandidateOptions,
): Promise<Candidate[]> {
  const seen = new Set<string>();
  const found: Candidate[] = [];
  const prove = remember(options.prove);
  const records = listRecords(options.stateDir);
  for (const { file, holds, isShared } of targets) {
    const draft = drafts.open(file);
    for (const entry of holds(draft.root)) {
      const key = toKey(draft, entry);
      if (seen.has(key)) continue;
      seen.add(key);
      const plan = planServer(entry, options);
      const judged = await judge({ entry, plan, isShared }, { ...options, prove });
      const former = plan.kind === "replace" ? plan.server : findFormer(draft, entry, records);
      found.push({ draft, isShared, entry, plan, former, ...judged });
    }
  }
  for (const draft of new Set(found.map((candidate) => candidate.draft))) {
    withdrawUnwritable(found.filter((candidate) => candidate.draft === draft));
  }
  return found;
}

// All of a file at once, and one by one only where that fails: the file may be large.
function withdrawUnwritable(candidates: readonly Candidate[]): void {
  const find = (some: readonly Candidate[]): string | undefined => {
    const edits = some.flatMap(({ edit }) => edit ?? []);
    return some[0] === undefined || edits.length === 0 ? undefined : findObstacle(some[0].draft, edits);
  };
  if (find(candidates) === undefined) return;
  for (const candidate of candidates) {
    const obstacle = find([candidate]);
    if (obstacle !== undefined) withdraw(candidate, `the file ${obstacle}`);
  }
}

/** Names a registration: its file, and its place there. */
export function toKey({ name, file }: Draft, { path }: ServerEntry): string {
  return `${file?.realPath ?? name} ${JSON.stringify(path)}`;
}

/** Leaves a registration as it is after all. */
export function withdraw(candidate: Candidate, reason: string): void {
  candidate.edit = undefined;
  candidate.findings = [{ kind: "failed", text: `${candidate.entry.name}: left as it is: ${reason}` }];
}

/** A candidate, as one that holds its name somewhere. */
export function toHolder({ draft, entry, plan, former, edit }: Candidate): Holder {
  const isOurs = plan.kind === "already" || edit !== undefined;
  const place = { entry, file: draft.name, canFollow: plan.kind === "replace" };
  return { ...place, isOurs, isFresh: edit !== undefined, former: isOurs ? (former ?? UNKNOWN) : undefined };
}

/** What somebody else put the bridge in the place of: its rules, if there are any, name tools that are not known. */
const UNKNOWN: KnownServer = { id: "unknown", title: "another server", names: [], tools: {} };

const OWN_PATH =
  "the path is this machine's: who shares this file needs an installed codex-bridge, and the command `codex-bridge` here";

async function judge(
  { entry, plan, isShared }: Pick<Candidate, "entry" | "plan" | "isShared">,
  { own, prove }: CandidateOptions,
): Promise<Pick<Candidate, "edit" | "findings">> {
  const { name, toolPrefix: prefix, reach } = entry;
  const stays = (kind: Finding["kind"], words: string) => ({
    edit: undefined,
    findings: [{ kind, text: `${name}: ${words}` }],
  });
  if (plan.kind === "unrelated") return { edit: undefined, findings: [] };
  if (plan.kind === "already") return stays("already", "is this bridge already");
  if (plan.kind === "left") return stays("left", `left as it is: ${plan.reason}`);
  const edit: Edit = { kind: "server", prefix, reach, isClosing: false, changes: plan.changes };
  const { works, words } = await prove(plan);
  if (!works) return stays("failed", `left as it is: the bridge in its place does not answer: ${words}`);
  const isOfThisMachine = isShared && own.args.some((word) => word.startsWith("/"));
  const notes = isOfThisMachine ? [...plan.notes, OWN_PATH] : plan.notes;
  const done = `${name}: ${plan.server.title.replaceAll("`", "")} → codex-bridge; ${words}`;
  return {
    edit,
    findings: [
      { kind: "change", text: done },
      ...notes.map((text): Finding => ({ kind: "note", text: `${name}: ${text}` })),
    ],
  };
}

// Many projects have the same registration: one answer is enough.
function remember(prove: Prove): Prove {
  const known = new Map<string, ReturnType<Prove>>();
  return ({ command, args, env }) => {
    const key = JSON.stringify([command, args, env]);
    const answer = known.get(key) ?? prove({ command, args, env });
    known.set(key, answer);
    return answer;
  };
}

// Rules that an earlier migration could not follow (a file was read-only) are followed by a later one, which has it on record.
function findFormer({ file }: Draft, entry: ServerEntry, records: readonly MigrationRecord[]): KnownServer | undefined {
  const key = JSON.stringify(entry.path);
  const edit = records
    .flatMap(({ files = [] }) => files)
    .filter(({ path }) => path === file?.realPath)
    .flatMap(({ edits }) => edits)
    .find(({ kind, changes }) => kind === "server" && JSON.stringify(changes[0]?.path.slice(0, -1)) === key);
  const readBefore = (name: string): unknown => edit?.changes.find(({ path }) => path.at(-1) === name)?.before;
  const [command, args = []] = [readBefore("command"), readBefore("args")];
  if (typeof command !== "string" || !Array.isArray(args)) return undefined;
  const words = args.filter((word) => typeof word === "string");
  const found = recognise(command, words);
  return found.kind === "known" ? found.server : undefined;
}
