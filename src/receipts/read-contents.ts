// Reads contents from the store of a receipt.
import { findOnPath, leaveOutProject } from "../files/find-on-path.ts";
import type { ReadContent } from "./restore.ts";
import { createGit, type RunGit } from "./snapshots/git-program.ts";
import { toGitEnv } from "./snapshots/snapshot-store.ts";

/** The store of a receipt, and the working tree that it belongs to. */
export interface ContentScope {
  readonly store: string;
  readonly top: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Contents that one call of git prints, and about how many bytes of them. */
const BATCH = { contents: 64, bytes: 33_554_432 };
/** A longer one is not kept (`HUGE_BYTES` of the snapshots). */
const MOST_BYTES = 268_435_456;

/** Makes a reader of the contents `oids`, which are asked for in this order. Its reads throw GitError; it throws Error where git is not found. */
export function createContentReader(scope: ContentScope, oids: readonly string[], signal: AbortSignal): ReadContent {
  const file = findOnPath("git", leaveOutProject(scope.env["PATH"] ?? "", scope.top));
  if (file === undefined) throw new Error("git was not found on PATH");
  const { store, top } = scope;
  const git = createGit({ file, env: toGitEnv(scope.env), gitDir: store, workTree: top, indexFile: "" }, signal);
  const read = new Map<string, Buffer>();
  return async (oid) => {
    if (!read.has(oid)) {
      read.clear();
      const at = oids.indexOf(oid);
      const next = [...new Set([oid, ...oids.slice(at, at + BATCH.contents)])];
      const batch = takeBatch(next, await readSizes(git, next));
      for (const [id, content] of await readBatch(git, batch)) read.set(id, content);
    }
    const content = read.get(oid);
    if (content === undefined) throw new Error(`the content ${oid} is missing`);
    return content;
  };
}

function takeBatch(oids: readonly string[], sizes: ReadonlyMap<string, number>): string[] {
  let bytes = 0;
  return oids.filter((oid, index) => {
    bytes += sizes.get(oid) ?? 0;
    return index === 0 || bytes <= BATCH.bytes;
  });
}

async function readSizes(git: RunGit, oids: readonly string[]): Promise<Map<string, number>> {
  const input = Buffer.from(oids.map((oid) => `${oid}\n`).join(""));
  const lines = (await git(["cat-file", "--batch-check=%(objectname) %(objectsize)"], input)).toString("latin1");
  return new Map([...lines.matchAll(/^([0-9a-f]+) (\d+)$/gm)].map(([, oid = "", size]) => [oid, Number(size)]));
}

// `OID TYPE SIZE`, a newline, the content, a newline; a missing one has no content.
async function readBatch(git: RunGit, oids: readonly string[]): Promise<Map<string, Buffer>> {
  const input = Buffer.from(oids.map((oid) => `${oid}\n`).join(""));
  const output = await git(["cat-file", "--batch"], input, MOST_BYTES);
  const contents = new Map<string, Buffer>();
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(0x0a, at);
    const [oid = "", type, size] = output.subarray(at, end).toString("latin1").split(" ");
    at = end + 1;
    if (type !== "blob") continue;
    contents.set(oid, output.subarray(at, at + Number(size)));
    at += Number(size) + 1;
  }
  return contents;
}
