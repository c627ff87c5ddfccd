// Examines the registrations that the user asked for: which server each is, and whether the bridge answers in its place.

import type { Finding } from "../../files/report.ts";
import type { Edit } from "../edit/edit.ts";
import type { ServerEntry, ServerFile } from "../find/entries.ts";
import { type Draft, type Drafts, findObstacle } from "../write/draft.ts";
import { type PlanOptions, planServer, type ServerLaunch, type ServerPlan } from "./servers.ts";

/** Makes a handshake with a server. `words` describe its answer, or why there is none. */
export type Prove = (launch: ServerLaunch) => Promise<{ readonly works: boolean; readonly words: string }>;

/** Options of the examination. */
export interface CandidateOptions extends PlanOptions {
  readonly prove: Prove;
}

/** A registration that the user asked for. */
export interface Candidate {
  readonly draft: Draft;
  readonly entry: ServerEntry;
  readonly plan: ServerPlan;
  /** The edit that replaces it; undefined if it stays. */
  edit: Edit | undefined;
  findings: readonly Finding[];
}

/** Examines the registrations of these files, each once: a file may be named twice, or be a link to another. */
export async function findCandidates(
  files: readonly ServerFile[],
  drafts: Drafts,
  options: CandidateOptions,
): Promise<Candidate[]> {
  const seen = new Set<string>();
  const found: Candidate[] = [];
  const prove = remember(options.prove);
  for (const { file, list, isShared } of files) {
    const draft = drafts.open(file);
    for (const entry of list(draft.root)) {
      const key = toKey(draft, entry);
      if (seen.has(key)) continue;
      seen.add(key);
      const plan = planServer(entry, options);
      found.push({ draft, entry, plan, ...(await judge(entry, plan, { ...options, prove, isShared })) });
    }
  }
  for (const draft of new Set(found.map((candidate) => candidate.draft))) {
    withdrawUnwritable(found.filter((candidate) => candidate.draft === draft));
  }
  return found;
}

/** Returns a key that identifies a registration: its file, and its path in it. */
export function toKey({ name, file }: Draft, { path }: ServerEntry): string {
  return `${file?.realPath ?? name} ${JSON.stringify(path)}`;
}

/** Drops the edit of a candidate, and reports why it stays as it is. */
export function withdraw(candidate: Candidate, reason: string): void {
  candidate.edit = undefined;
  candidate.findings = [{ kind: "failed", text: `${candidate.entry.name}: left as it is: ${reason}` }];
}

const OWN_PATH =
  "the path is one of this machine. For others who share this file, install codex-bridge and write the command `codex-bridge` here";

async function judge(
  { name, prefix, reach }: ServerEntry,
  plan: ServerPlan,
  { own, prove, isShared }: CandidateOptions & { readonly isShared: boolean },
): Promise<Pick<Candidate, "edit" | "findings">> {
  const stays = (kind: Finding["kind"], words: string) => ({
    edit: undefined,
    findings: [{ kind, text: `${name}: ${words}` }],
  });
  if (plan.kind === "unrelated") return { edit: undefined, findings: [] };
  if (plan.kind !== "replace") return stays(plan.kind, plan.words);
  const { works, words } = await prove(plan.launch);
  if (!works) return stays("failed", `left as it is: the bridge does not answer in its place: ${words}`);
  const isOfThisMachine = isShared && own.args.some((word) => word.startsWith("/"));
  const notes = isOfThisMachine ? [...plan.notes, OWN_PATH] : plan.notes;
  const done = `${name}: ${plan.server.title.replaceAll("`", "")} → codex-bridge; ${words}`;
  return {
    edit: { kind: "server", prefix, reach, isClosing: false, changes: plan.changes },
    findings: [
      { kind: "change", text: done },
      ...notes.map((text): Finding => ({ kind: "note", text: `${name}: ${text}` })),
    ],
  };
}

// Tries all edits of a file at once, and one by one only if that fails: the file may be large.
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

// Many projects have the same registration: one handshake is enough for all.
function remember(prove: Prove): Prove {
  const known = new Map<string, ReturnType<Prove>>();
  return (launch) => {
    const key = JSON.stringify(launch);
    const answer = known.get(key) ?? prove(launch);
    known.set(key, answer);
    return answer;
  };
}
