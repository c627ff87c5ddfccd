// What is to be reviewed, from the arguments of a call.
import { BridgeError } from "../../domain/errors.ts";
import type { ReviewTarget } from "../../reviews/target.ts";
import type { TargetRequest } from "./reviews.ts";

type Kind = ReviewTarget["kind"];

/** The argument that belongs to each kind of target. */
const OWN: Readonly<Record<Kind, keyof TargetRequest | undefined>> = {
  uncommitted: undefined,
  branch: "base",
  commit: "commit",
  text: "text",
  files: "files",
};
const KINDS = ["uncommitted", "branch", "commit", "text", "files"] as const satisfies readonly Kind[];

/** The target that the arguments name; undefined where they name none. An argument alone names its kind. Throws INVALID_ARGUMENT. */
export function chooseTarget(request: TargetRequest): ReviewTarget | undefined {
  const given = KINDS.filter((kind) => {
    const own = OWN[kind];
    return own !== undefined && request[own] !== undefined;
  });
  // A text stands first: files may go with it.
  const kind = request.target ?? (given.includes("text") ? "text" : given[0]);
  if (kind === undefined) return undefined;
  const other = given.find((name) => name !== kind && !(kind === "text" && name === "files"));
  if (other !== undefined) {
    throw new BridgeError("INVALID_ARGUMENT", `\`${OWN[other]}\` belongs to target ${other}, not to ${kind}.`);
  }
  return toTarget(kind, request);
}

function toTarget(kind: Kind, { base, commit, text, files }: TargetRequest): ReviewTarget {
  switch (kind) {
    case "uncommitted":
      return { kind };
    case "branch":
      return { kind, ...(base === undefined ? {} : { base }) };
    case "commit":
      return { kind, commit: commit ?? missing(kind) };
    case "text":
      return { kind, text: text ?? missing(kind), ...(files === undefined ? {} : { files }) };
    case "files":
      return { kind, files: files ?? missing(kind) };
  }
}

function missing(kind: Kind): never {
  throw new BridgeError("INVALID_ARGUMENT", `Target ${kind} needs \`${OWN[kind]}\`.`);
}
