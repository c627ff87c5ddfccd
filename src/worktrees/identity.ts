// Whose name the commits of the bridge have: the user's, as git would take it.
import { join } from "node:path";
import { readSmallTextIfAny } from "../files/small-file.ts";
import type { TreeGit } from "./tree-git.ts";

/** A name for commits. */
export interface Identity {
  readonly name: string;
  readonly email: string;
}

const NOBODY: Identity = { name: "codex-bridge", email: "codex-bridge@localhost" };

/** Whether git knows nobody. */
export function isNobody(identity: Identity): boolean {
  return identity === NOBODY;
}

/** Finds it: the repository's own, else the user's. Files are only read for it, and none that they include. */
export async function findIdentity({ store, on }: TreeGit, signal: AbortSignal): Promise<Identity> {
  const { top, commonDir } = store.repository;
  const own = readSmallTextIfAny(join(commonDir, "config")) ?? "";
  const run = on({ workTree: top, indexFile: "" }, signal);
  const read = async (key: string): Promise<string | undefined> => {
    const inOwn = await run(["config", "-f", "-", "--no-includes", "--get", key], Buffer.from(own)).catch(
      () => undefined,
    );
    const found = inOwn ?? (await store.askAttributes(["config", "--get", key], signal).catch(() => undefined));
    const text = found?.toString("utf8").trim();
    return text === undefined || text === "" || /[\p{Cc}<>]/u.test(text) ? undefined : text;
  };
  const [name, email] = [await read("user.name"), await read("user.email")];
  return name === undefined || email === undefined ? NOBODY : { name, email };
}
