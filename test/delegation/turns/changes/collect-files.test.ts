// The files of one commit, from the receipts of the turns of a call.
import { describe, expect, test } from "vitest";
import { collectFiles } from "../../../../src/delegation/turns/changes/collect-files.ts";
import type { Receipt, ReceiptFile } from "../../../../src/state/receipt-files.ts";

const state = (oid: string) => ({ mode: "100644", oid });
const file = (path: string, before?: string, after?: string): ReceiptFile => ({
  ...{ path, kind: "update" as const, added: 1, deleted: 1 },
  ...(before === undefined ? {} : { before: state(before) }),
  ...(after === undefined ? {} : { after: state(after) }),
});
const receipt = (files: ReceiptFile[], more: Partial<Receipt> = {}): Receipt =>
  ({ top: "/p", files, notCovered: [], ...more }) as unknown as Receipt;

test("a file of two turns is committed as the last one left it; one that is as before is not", () => {
  const first = receipt([
    file("a", "1", "2"),
    file("b", "1", "2"),
    file("new", undefined, "1"),
    file("only", "1", "2"),
  ]);
  const second = receipt([file("a", "2", "3"), file("b", "2", "1"), file("new", "1", undefined)]);
  expect(collectFiles([first, second])).toEqual({
    ...{ kind: "collected", top: "/p" },
    files: [
      { path: "a", before: state("1"), after: state("3") },
      { path: "only", before: state("1"), after: state("2") },
    ],
  });
});

test("a renaming follows an earlier change of the file", () => {
  const renamed = { ...file("b", "2", "2"), from: "a" };
  expect(collectFiles([receipt([file("a", "1", "2")]), receipt([renamed])])).toMatchObject({
    files: [
      { path: "a", before: state("1"), after: undefined },
      { path: "b", before: undefined, after: state("2") },
    ],
  });
});

describe("nothing is collected where", () => {
  test.for<[string, Receipt[], RegExp]>([
    [
      "somebody else changed a file between the turns",
      [receipt([file("a", "1", "2")]), receipt([file("a", "other", "3")])],
      /somebody else between the turns/,
    ],
    [
      "the turns took each other back",
      [receipt([file("a", "1", "2")]), receipt([file("a", "2", "1")])],
      /changed no file in the end/,
    ],
    ["no turn changed a file", [receipt([]), receipt([])], /the turn changed no file/],
    ["one of them is not known", [receipt([file("a", "1", "2")]), receipt([], { unknown: "x" })], /is not known/],
    [
      "one of them has a repository within",
      [receipt([], { notCovered: ["lib"] }), receipt([])],
      /could not be compared/,
    ],
    ["no copy is kept", [receipt([file("a", "1", "2"), file("big")])], /no copy of some files/],
    [
      "the repository is another one",
      [receipt([file("a", "1", "2")]), receipt([], { top: "/q" })],
      /no git repository/,
    ],
  ])("%s", ([, receipts, reason]) => {
    const collected = collectFiles(receipts);
    expect(collected).toMatchObject({ kind: "refused", reason: expect.stringMatching(reason) });
  });
});
