// What Codex's sandbox makes to protect names does not stay in the user's directories when a turn is ended.
import { existsSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { type LabBridge, test as labTest } from "../support/fixture.ts";
import { CLI, type Lab, runThenSay, until } from "../support/lab.ts";

const NAMES = [".git", ".codex", ".agents", ".aws"];

const test = labTest
  .extend("tmp", ({ lab }) => {
    const tmp = join(lab.root, "tmp");
    mkdirSync(tmp);
    return tmp;
  })
  .override("bridgeOptions", ({ lab, tmp }) => {
    lab.writeConfig({
      tables: `[sandbox_workspace_write]\nexclude_slash_tmp = true\nwritable_roots = ["${lab.outside}"]\n`,
    });
    return { env: { TMPDIR: tmp } };
  });

const listMade = (folder: string) => readdirSync(folder).filter((name) => NAMES.includes(name));
const areas = (lab: Lab, tmp: string) => [lab.project, lab.outside, tmp];

/** Runs a command in the sandbox, and then one that never ends; gives the end of its turn. */
async function begin(
  lab: Lab,
  bridge: LabBridge,
  name: string,
  command = "true",
): Promise<{ ended: Promise<unknown>; cancel: () => void }> {
  const [started, controller] = [join(lab.project, name), new AbortController()];
  lab.respond(runThenSay(`${command}; touch ${started}; sleep 300`));
  const call = bridge.call("codex", { prompt: "x", sandbox: "workspace-write" }, { signal: controller.signal });
  await until("the command runs", () => existsSync(started));
  return { ended: call.catch(() => {}), cancel: () => controller.abort() };
}

// 0.50 protects no names.
test.runIf(CLI.takesInstructions)(
  "after a cancel nothing of it is left, what was there before is",
  async ({ lab, bridge, tmp }) => {
    mkdirSync(join(lab.outside, ".agents"));
    writeFileSync(join(tmp, ".aws"), "");
    const turn = await begin(lab, bridge, "started");
    expect(listMade(lab.project).length).toBeGreaterThan(0);
    turn.cancel();
    await turn.ended;
    await until("all is removed", () => listMade(lab.project).length === 0 && listMade(lab.outside).length === 1);
    await until("in $TMPDIR too", () => listMade(tmp).length === 1);
    expect(lstatSync(join(lab.outside, ".agents")).isDirectory()).toBe(true);
    expect(lstatSync(join(tmp, ".aws")).isFile()).toBe(true);
  },
);

test.runIf(CLI.takesInstructions)("after a deadline neither", async ({ lab, bridge, tmp }) => {
  lab.respond(runThenSay("sleep 300"));
  const result = await bridge.call("codex", { prompt: "x", sandbox: "workspace-write", timeoutMs: 4_000 });
  expect(result.text).toMatch(/^\[TURN_TIMED_OUT\]/);
  expect(areas(lab, tmp).flatMap(listMade)).toEqual([]);
});

test.runIf(CLI.takesInstructions)(
  "what another turn in the directory stands on stays until that one ends",
  async ({ lab, bridge, tmp }) => {
    const first = await begin(lab, bridge, "first");
    const second = await begin(lab, bridge, "second");
    second.cancel();
    await second.ended;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(listMade(lab.project).length).toBeGreaterThan(0);
    first.cancel();
    await first.ended;
    await until("the last one clears up", () => areas(lab, tmp).flatMap(listMade).length === 0);
  },
);

test.runIf(CLI.takesInstructions)("a repository that the turn itself has made stays", async ({ lab, bridge }) => {
  const turn = await begin(lab, bridge, "started", "mkdir -p sub/.git");
  turn.cancel();
  await turn.ended;
  await until("the rest is removed", () => listMade(lab.project).length === 0);
  expect(existsSync(join(lab.project, "sub/.git"))).toBe(true);
});
