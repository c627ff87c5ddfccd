// Shows the change of a file to the user, as a unified diff that hides all values except changed ones.
import { createTwoFilesPatch } from "diff";
import { type Node, parseTree, stripComments } from "jsonc-parser";
import { redactSecrets } from "../../domain/redact.ts";
import type { JsonChange } from "./json-edit.ts";

/** Longer lines are cut: Claude Code's own file may be a single line of megabytes. */
const LINE_CHARACTERS = 300;
/** Time limit for the comparison: thousands of changes in a large file would take minutes. */
const DIFF_MS = 2_000;
const HIDDEN = '"…"';

/**
 * Returns the diff as a field of a report; no field if nothing differs. Unchanged values are hidden, and so are the parts of changed values
 * that may be secrets.
 */
export function toDiff(name: string, before: string, after: string, changes: readonly JsonChange[]): { diff?: string } {
  if (before === after) return {};
  const [old, next] = [before, after].map((text) => hideValues(text, changes));
  // A list entry has only moved: with hidden values, both texts are the same.
  if (old === next) return {};
  const patch = createTwoFilesPatch(name, name, old ?? "", next ?? "", "", "", { context: 1, timeout: DIFF_MS });
  if (patch === undefined) return { diff: `--- ${name}\n+++ ${name}\n(too many changes to show)` };
  const lines = patch.slice(patch.indexOf("---")).trimEnd().split("\n");
  return { diff: redactSecrets(lines.map((line) => cutLine(line)).join("\n")) };
}

function cutLine(line: string): string {
  return line.length <= LINE_CHARACTERS ? line : `${line.slice(0, LINE_CHARACTERS)}…`;
}

function hideValues(text: string, changes: readonly JsonChange[]): string {
  const root = parseTree(text, [], { allowTrailingComma: true });
  const hidden =
    root === undefined
      ? []
      : listHidden(
          root,
          changes.map(({ path }) => path.join("/")),
        );
  // Comments may hold secrets too: an old value, a note on a password.
  const plain = stripComments(text, " ");
  const pieces = hidden.map(({ offset, shown }, at) => {
    const before = hidden[at - 1];
    return plain.slice(before === undefined ? 0 : before.offset + before.length, offset) + shown;
  });
  const last = hidden.at(-1);
  return pieces.join("") + plain.slice(last === undefined ? 0 : last.offset + last.length);
}

interface Hidden {
  readonly offset: number;
  readonly length: number;
  readonly shown: string;
}

// Returns the values to hide, in the order of the text.
function listHidden(root: Node, changed: readonly string[]): Hidden[] {
  const found: Hidden[] = [];
  const open: { node: Node; path: string; isChanged: boolean; before: string | undefined }[] = [
    { node: root, path: "", isChanged: false, before: undefined },
  ];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const { node, path, before } = at;
    const isChanged = at.isChanged || changed.includes(path);
    if (node.type === "string") {
      const shown = isChanged ? showWord(String(node.value), before) : HIDDEN;
      if (shown !== undefined) found.push({ offset: node.offset, length: node.length, shown });
    }
    const children = node.children ?? [];
    for (const [index, child] of children.entries()) {
      const isProperty = node.type === "object";
      const [key, value] = child.children ?? [];
      const inner = isProperty ? value : child;
      const step = isProperty ? String(key?.value) : String(index);
      if (inner === undefined) continue;
      const previous = isProperty ? undefined : children[index - 1]?.value;
      open.push({
        node: inner,
        path: path === "" ? step : `${path}/${step}`,
        isChanged,
        before: typeof previous === "string" ? previous : undefined,
      });
    }
  }
  return found.sort((a, b) => a.offset - b.offset);
}

// The value of an option may be a secret, after the option or after its `=`. `-y`, `--yes` and `--` take no value.
function showWord(word: string, before: string | undefined): string | undefined {
  const isValue = before?.startsWith("-") === true && !["-y", "--yes", "--"].includes(before);
  if (isValue && !word.startsWith("-")) return HIDDEN;
  const [name = ""] = word.split("=", 1);
  // `-kSECRET`
  if (/^-[^-]./.test(name)) return JSON.stringify(`${name.slice(0, 2)}…`);
  return word.includes("=") ? JSON.stringify(`${name}=…`) : undefined;
}
