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

/**
 * Finds it: the repository's own, else the user's, else the machine's. Of the repository's configuration files only the first is read, and none
 * that it includes. In the user's own configuration a condition (`includeIf`) counts for this repository.
 */
export async function findIdentity({ store, on }: TreeGit, signal: AbortSignal): Promise<Identity> {
  const { top, gitDir, commonDir } = store.repository;
  const own = readSmallTextIfAny(join(commonDir, "config")) ?? "";
  const run = on({ workTree: top, indexFile: "" }, signal);
  const read = async (key: string): Promise<string | undefined> => {
    const inOwn = await run(["config", "-f", "-", "--no-includes", "--get", key], Buffer.from(own)).catch(
      () => undefined,
    );
    const ask = (args: readonly string[]) => store.askAttributes(args, signal).catch(() => undefined);
    // With `--global` git takes from the repository only what conditions ask for, and reads the second file (XDG) only where there is no first one.
    const inUsers = ["--git-dir", gitDir, "config", "--global", "--includes", "--get", key];
    const found =
      inOwn ??
      (await ask(inUsers)) ??
      (await ask(["config", "--get", key])) ??
      (await ask(["--git-dir", gitDir, "config", "--system", "--includes", "--get", key]));
    const text = found?.toString("utf8").trim();
    return text === undefined || text === "" || /[\p{Cc}<>]/u.test(text) ? undefined : text;
  };
  const [name, email] = [await read("user.name"), await read("user.email")];
  return name === undefined || email === undefined ? NOBODY : { name, email };
}
