// Makes the use cases of receipts.
import { join } from "node:path";
import { hasPassed } from "../../domain/check.ts";
import { isInState, look, readFileNow, toFormat } from "../../receipts/file-state.ts";
import { toBytePaths } from "../../receipts/receipt-file.ts";
import { isSameSample, sampleFile } from "../../receipts/sample-file.ts";
import { toFilePath } from "../../receipts/snapshots/byte-path.ts";
import type { Receipt, ReceiptFile, ReceiptFiles } from "../../state/receipt-files.ts";
import { checkRoots } from "../threads/directories.ts";
import { findRoots } from "../threads/isolation.ts";
import type { DelegationParts } from "../turns/delegation-parts.ts";
import { checkReceipt } from "./check-receipt.ts";
import { findReceipt } from "./find-receipt.ts";
import { measureReceipt, requireProposal } from "./measure-receipt.ts";
import type { CheckedFile, Receipts } from "./receipts.ts";
import { type UndoOptions, undoTurn } from "./undo-turn.ts";

/** Options of createReceipts. */
export interface ReceiptsOptions extends UndoOptions {
  readonly files: Pick<ReceiptFiles, "find" | "listNewest" | "toPath" | "write">;
}

/** Makes them. */
export function createReceipts(parts: DelegationParts, options: ReceiptsOptions): Receipts {
  return {
    verify: async (id, { check: command, measure: timed }, call) => {
      const receipt = findReceipt(options, id);
      const { top } = receipt;
      const { limits, proposals } = parts.options;
      const roots = findRoots(limits.roots, receipt.cwd, proposals?.worktrees);
      if (top !== undefined) checkRoots("The receipt's directory", top, roots);
      const path = options.files.toPath(receipt);
      const files = top === undefined ? [] : await checkFiles(top, receipt);
      if (timed !== undefined) requireProposal(parts, receipt);
      const checked =
        command === undefined ? undefined : await checkReceipt(parts, options.files, { receipt, command }, call);
      const found = { receipt, path, files, check: checked?.check };
      const before = checked?.warnings ?? [];
      if (timed === undefined) return { ...found, warnings: before };
      if (checked !== undefined && !hasPassed(checked.check)) {
        return { ...found, warnings: [...before, "Not measured, since the check failed."] };
      }
      const { measure, warnings } = await measureReceipt(parts, options.files, { receipt, command: timed }, call);
      return { ...found, measure, warnings: [...before, ...warnings] };
    },
    undo: (id, force, call) => undoTurn(parts, options, { id, force }, call),
  };
}

async function checkFiles(top: string, { files }: Receipt): Promise<CheckedFile[]> {
  const checked: CheckedFile[] = [];
  for (const file of files) checked.push({ path: join(top, file.path), now: await checkFile(top, file) });
  return checked;
}

async function checkFile(top: string, file: ReceiptFile): Promise<CheckedFile["now"]> {
  const { before, after } = file;
  const state = before ?? after;
  if (state === undefined) return checkUnstored(top, file);
  try {
    const now = await readFileNow(toFilePath(top, toBytePaths(file).path), toFormat(state));
    if (isInState(now, after)) return "as left";
    return isInState(now, file.kind === "rename" ? undefined : before) ? "as before" : "changed since";
  } catch {
    return "unknown";
  }
}

// Of a file without a stored state only the sample after the turn is known, or that it was gone.
function checkUnstored(top: string, file: ReceiptFile): CheckedFile["now"] {
  const { kind, sample } = file;
  const path = toFilePath(top, toBytePaths(file).path);
  const isThere = look(path) !== undefined;
  if (kind === "delete") return isThere ? "unknown" : "as left";
  if (sample === undefined) return "unknown";
  if (!isThere) return kind === "add" ? "as before" : "changed since";
  const now = sampleFile(path);
  const isSame = now === undefined ? undefined : isSameSample(sample, now);
  return isSame === undefined ? "unknown" : isSame ? "as left" : "changed since";
}
