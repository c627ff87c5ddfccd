// A copy of the shipped rules in the project, for its people to change.
import { join } from "node:path";
import { readAt } from "../../files/json-value.ts";
import { findEntryFile, findServerName } from "../bridge-entry.ts";
import type { InitStep } from "../context.ts";

const NAME = "delegation-rules.json";

/** Copies the rules, and has the entry of the project name the copy. */
export const rulesFileStep: InitStep = {
  name: "rules",
  title: "put a copy of the delegation rules into the project (project scope only)",
  plan: (context) => {
    const { scope, root, files, rulesText } = context;
    if (scope !== "project")
      return [{ kind: "already", text: "the shipped rules apply; DELEGATION_RULES names others" }];
    const file = join(root, NAME);
    const isThere = files.read(file) !== undefined;
    const entryFile = findEntryFile(context);
    const name = findServerName(context);
    const at = ["mcpServers", name ?? ""];
    const isOwnEntry = name !== undefined && readAt(files.readJson(entryFile), at) !== undefined;
    if (!isThere) files.create(file, rulesText);
    if (isOwnEntry && readAt(files.readJson(entryFile), [...at, "env", "DELEGATION_RULES"]) === undefined) {
      // Claude Code starts a project's servers in its root.
      files.setJson(entryFile, [...at, "env", "DELEGATION_RULES"], `./${NAME}`);
    }
    if (isThere) return [{ kind: "already", file, text: "rules of this project" }];
    const advice = isOwnEntry ? "" : "; set DELEGATION_RULES in the bridge's entry to use it";
    return [{ kind: "change", file, text: `copy the shipped rules, for you to change${advice}` }];
  },
};
