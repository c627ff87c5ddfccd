// Undo of what happened between two snapshots: after any changes, the tree is what it was.
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { toRestorable } from "../../src/delegation/receipts/find-receipt.ts";
import { findBlocked } from "../../src/receipts/restore-plan.ts";
import type { TreeChanges } from "../../src/receipts/snapshots/snapshots.ts";
import type { Receipt } from "../../src/state/receipt-files.ts";
import { createGitProject, type GitProject } from "../support/git-project.ts";
import * as receipts from "../support/receipts.ts";

const TURNS = Number(process.env["LAB_UNDO_TURNS"] ?? 60);
const { signal } = new AbortController();
let project: GitProject;

beforeEach(() => {
  project = createGitProject();
});
afterEach(() => project.close());

const openSnapshots = () => receipts.openSnapshots(project);
const toPlan = (changes: TreeChanges) => receipts.toPlan(project, changes);
const undo = (plan: ReturnType<typeof toPlan>) => receipts.undo(project, plan);
const readTree = () => receipts.readTree(project.top);

// The same numbers for the same seed.
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const NAMES = ["a", "b", "c", "d/e", "d/f", "d/g/h", "i/j", "ö", "new\nline", " k"];

const MODES = [0o644, 0o755, 0o600, 0o700, 0o640, 0o400];

function changeOnce(random: (below: number) => number): void {
  const pick = (): string => join(project.top, NAMES[random(NAMES.length)] ?? "a");
  const clear = (path: string): void => {
    for (let folder = dirname(path); folder !== project.top; folder = dirname(folder)) {
      if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === false) rmSync(folder);
    }
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { recursive: true, force: true });
  };
  const path = pick();
  const acts = [
    () => {
      clear(path);
      writeFileSync(path, `${random(1_000)}\n`.repeat(random(20)), { mode: MODES[random(MODES.length)] ?? 0o644 });
    },
    () => existsSync(path) && lstatSync(path).isFile() && writeFileSync(path, `${readFileSync(path)}${random(9)}\n`),
    () => rmSync(path, { recursive: true, force: true }),
    () => existsSync(path) && lstatSync(path).isFile() && chmodSync(path, MODES[random(MODES.length)] ?? 0o644),
    () => {
      clear(path);
      symlinkSync(random(2) === 0 ? "a" : "../outside", path);
    },
    () => {
      const target = pick();
      const isFree = !target.startsWith(`${path}/`) && !path.startsWith(`${target}/`) && target !== path;
      if (!isFree || !existsSync(path)) return;
      clear(target);
      if (existsSync(path)) renameSync(path, target);
    },
    () => random(4) === 0 && project.git("add", "-A"),
    () => {
      clear(path);
      writeFileSync(path, Buffer.from([0, 255, random(255)]));
    },
  ];
  acts[random(acts.length)]?.();
}

test(`${TURNS} turns of random changes are taken back whole, and put back by a second undo`, {
  timeout: 300_000,
}, async () => {
  const random = createRandom(1);
  const snapshots = openSnapshots();
  for (const name of NAMES) project.write(name, `${name}\n`);
  project.git("add", "-A");
  for (let turn = 0; turn < TURNS; turn += 1) {
    const tree = readTree();
    const before = await snapshots.take(project.top, signal);
    for (let left = 1 + random(8); left > 0; left -= 1) changeOnce(random);
    const changed = readTree();
    const after = await snapshots.takeAgain(before, signal);
    const plan = toPlan(await snapshots.compare(before, after, signal));
    expect(await findBlocked(plan.top, plan.steps), `turn ${turn}`).toEqual([]);
    await undo(plan);
    expect(readTree(), `turn ${turn}`).toEqual(tree);
    const undone = await snapshots.takeAgain(after, signal);
    if (turn % 4 !== 0) continue;
    const again = toPlan(await snapshots.compare(after, undone, signal));
    expect(await findBlocked(again.top, again.steps), `turn ${turn} again`).toEqual([]);
    await undo(again);
    expect(readTree(), `turn ${turn} again`).toEqual(changed);
  }
});

test("a file that changed after the turn is not touched", async () => {
  const snapshots = openSnapshots();
  project.write("a", "1\n");
  project.write("b", "1\n");
  const before = await snapshots.take(project.top, signal);
  project.write("a", "2\n");
  project.write("b", "2\n");
  project.write("c/d", "2\n");
  const plan = toPlan(await snapshots.compare(before, await snapshots.takeAgain(before, signal), signal));
  project.write("a", "mine\n");
  project.write("c/mine", "");
  expect(await findBlocked(plan.top, plan.steps)).toEqual([{ path: "a", canForce: true }]);
  rmSync(join(project.top, "a"));
  project.write("a/mine", "");
  expect(await findBlocked(plan.top, plan.steps)).toEqual([{ path: "a", canForce: false }]);
});

test("permissions come back as they were: of a file that is gone, changed, or only closed to others", async () => {
  project.write("secret", "1\n", 0o600);
  project.write("private/tool", "1\n", 0o700);
  project.write("open", "1\n", 0o664);
  project.git("add", "-A");
  for (const [name, mode] of [
    ["secret", 0o600],
    ["private/tool", 0o700],
    ["open", 0o664],
  ] as const)
    chmodSync(join(project.top, name), mode);
  const snapshots = openSnapshots();
  await snapshots.take(project.top, signal);
  // After the index was made, and with no other change.
  project.write("late", "1\n");
  await snapshots.take(project.top, signal);
  chmodSync(join(project.top, "late"), 0o640);
  const tree = readTree();
  const changes = await receipts.changesOf(
    project,
    () => {
      rmSync(join(project.top, "secret"));
      rmSync(join(project.top, "private"), { recursive: true });
      rmSync(join(project.top, "late"));
      chmodSync(join(project.top, "open"), 0o600);
    },
    snapshots,
  );
  expect(receipts.listChanges(changes)).toEqual(["delete late", "delete private/tool", "delete secret", "update open"]);
  await undo(toPlan(changes));
  expect(readTree()).toEqual(tree);
  expect(statSync(join(project.top, "private")).mode & 0o777).toBe(0o700);
});

test("what another bridge learned of permissions is known to the next", async () => {
  project.write("a", "1\n");
  project.git("add", "-A");
  await openSnapshots().take(project.top, signal);
  chmodSync(join(project.top, "a"), 0o600);
  await openSnapshots().take(project.top, signal);
  const changes = await receipts.changesOf(
    project,
    () => rmSync(join(project.top, "a")),
    receipts.openSnapshots(project, "two"),
  );
  await undo(toPlan(changes));
  expect(statSync(join(project.top, "a")).mode & 0o777).toBe(0o600);
});

test("a file of which only the permissions changed after the turn is not touched", async () => {
  const snapshots = openSnapshots();
  project.write("a", "1\n");
  const plan = toPlan(await receipts.changesOf(project, () => project.write("a", "2\n"), snapshots));
  chmodSync(join(project.top, "a"), 0o600);
  expect(await findBlocked(plan.top, plan.steps)).toEqual([{ path: "a", canForce: true }]);
});

test("a link in place of a folder is never followed", async () => {
  const snapshots = openSnapshots();
  project.write("a/b", "1\n");
  const before = await snapshots.take(project.top, signal);
  project.write("a/b", "2\n");
  const plan = toPlan(await snapshots.compare(before, await snapshots.takeAgain(before, signal), signal));
  renameSync(join(project.top, "a"), join(project.top, "moved"));
  symlinkSync("moved", join(project.top, "a"));
  expect(await findBlocked(plan.top, plan.steps)).toEqual([{ path: "a/b", canForce: false }]);
});

test("contents that the user's repository has dropped are still restored", async () => {
  const snapshots = openSnapshots();
  project.write("a", "precious\n");
  project.git("add", "-A");
  project.git("commit", "--quiet", "-m", "first");
  const before = await snapshots.take(project.top, signal);
  project.write("a", "other\n");
  const plan = toPlan(await snapshots.compare(before, await snapshots.takeAgain(before, signal), signal));
  rmSync(join(project.top, ".git/objects"), { recursive: true });
  await undo(plan);
  expect(readFileSync(join(project.top, "a"), "utf8")).toBe("precious\n");
});

test.each([
  ["a path that leads out", { path: "../x" }],
  ["an absolute path", { path: "/etc/x" }],
  ["git's own folder", { path: "sub/.git/config" }],
  ["no object id", { path: "x", before: { mode: "100644", oid: "--help" } }],
  ["permissions that are none", { path: "x", before: { mode: "100644", oid: "0".repeat(40), permissions: "4755" } }],
  ["an odd mode", { path: "x", before: { mode: "160000", oid: "0".repeat(40) } }],
])("an edited receipt with %s is refused", async (_what, file) => {
  const store = join(project.stateDir, "snapshots", "x");
  mkdirSync(store, { recursive: true });
  const state = { mode: "100644", oid: "0".repeat(40) };
  const files = [{ kind: "update", before: state, after: state, ...file }];
  expect(() =>
    toRestorable({ cwd: project.top, top: project.top, store, files } as unknown as Receipt, project.stateDir),
  ).toThrow(/was edited/);
});
