// Finds an open proposal of the bridge's project.
import { BridgeError } from "../../domain/errors.ts";
import { toPrintableLine } from "../../domain/printable.ts";
import type { Proposal, ProposalFiles } from "../../state/proposal-files.ts";

/** Where proposals are looked for. */
export interface ProposalSearch {
  readonly files: Pick<ProposalFiles, "find" | "listNewest">;
  /** Directory of the bridge: its proposals are looked through. */
  readonly baseDir: string;
}

const MOST_LISTED = 10;

/** The open proposals of the project, newest first. Throws what the file system throws. */
export function listOpen({ files, baseDir }: ProposalSearch): Proposal[] {
  return files.listNewest(baseDir, Number.POSITIVE_INFINITY).filter(({ state }) => state === "open");
}

/**
 * The open proposal with an id, or one that `isToo` takes as well; without an id the only open one. Throws PROPOSAL_NOT_FOUND, which names the open
 * ones.
 */
export function findProposal(
  search: ProposalSearch,
  id: string | undefined,
  isToo: (proposal: Proposal) => boolean = () => false,
): Proposal {
  const { files, baseDir } = search;
  if (id === undefined) {
    const [only, ...others] = listOpen(search);
    if (only !== undefined && others.length === 0) return only;
    throw notFound(search, only === undefined ? "There is no open proposal" : "Several proposals are open");
  }
  const stored = files.find(baseDir, id);
  const name = JSON.stringify(id.slice(0, 40));
  if (stored.kind === "absent") throw notFound(search, `There is no proposal ${name}`);
  if (stored.kind !== "record") throw notFound(search, `The record of proposal ${name} cannot be read`);
  const { state, receipt } = stored.value;
  if (state === "open" || isToo(stored.value)) return stored.value;
  const how = state === "making" ? "was never finished" : `was ${state} already`;
  const by = receipt === undefined ? "" : ` (receipt ${receipt})`;
  throw notFound(search, `Proposal ${name} ${how}${by}`);
}

function notFound(search: ProposalSearch, message: string): BridgeError {
  const open = listOpen(search).slice(0, MOST_LISTED);
  const named = open.map(
    ({ id, title = "", diffStat = "no files changed" }) => `${id} (${toPrintableLine(title)}; ${diffStat})`,
  );
  const listed = named.length === 0 ? "" : ` Open in this project: ${named.join("; ")}.`;
  return new BridgeError("PROPOSAL_NOT_FOUND", `${message}.${listed}`);
}
