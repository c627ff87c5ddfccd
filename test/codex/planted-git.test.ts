// A turn of the real Codex CLI plants a `.git` in a subfolder, which its sandbox lets it write. A later call in that folder writes nothing by it.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { test } from "../support/fixture.ts";
import { type Lab, runThenSay } from "../support/lab.ts";

const WHO = ["-c", "user.name=T", "-c", "user.email=t@localhost"];

function makeRepository({ env }: Lab, cwd: string) {
  const git = (...args: string[]): string => execFileSync("git", [...WHO, ...args], { cwd, env, encoding: "utf8" });
  mkdirSync(join(cwd, "pkg"), { recursive: true });
  writeFileSync(join(cwd, "pkg/b.txt"), "b\n");
  git("init", "--quiet", "--initial-branch=main");
  git("config", "user.name", "The User");
  git("config", "user.email", "user@localhost");
  git("add", "-A");
  git("commit", "--quiet", "-m", "first");
  return git;
}

test("one that names another repository gets neither commit nor branch", async ({ lab, bridge }) => {
  makeRepository(lab, lab.project);
  const victim = join(lab.root, "victim");
  const git = makeRepository(lab, victim);
  const refs = git("for-each-ref");
  lab.respond(runThenSay(`echo "gitdir: ${victim}/.git" > pkg/.git; echo ok`));
  const planted = await bridge.call("codex", { prompt: "Plant it", sandbox: "workspace-write" });
  expect(String(planted.structured["warnings"])).toMatch(/made, removed or replaced the \.git in .*: pkg\//);
  const cwd = join(lab.project, "pkg");
  expect(existsSync(join(cwd, ".git"))).toBe(true);
  lab.respond(runThenSay("echo evil > evil.txt; echo ok"));
  const args = { prompt: "Change it", sandbox: "workspace-write", cwd };
  const committed = await bridge.call("codex", { ...args, commit: "add evil" });
  expect(committed.structured).toMatchObject({
    warnings: expect.arrayContaining([
      expect.stringMatching(/^Nothing was committed: .*does not name .* as its working/),
    ]),
  });
  const isolated = await bridge.call("codex", { prompt: "Change it", cwd, isolation: "worktree" });
  expect(isolated.text).toMatch(/^\[ISOLATION_FAILED\] .*core\.worktree/s);
  expect([git("for-each-ref"), git("status", "--porcelain")]).toEqual([refs, ""]);
  expect(existsSync(join(victim, ".git/worktrees"))).toBe(false);
});

test("one with links writes nothing outside", async ({ lab, bridge }) => {
  makeRepository(lab, lab.project);
  const out = join(lab.root, "out");
  mkdirSync(out);
  const plant = [
    "mkdir -p pkg/.git/objects/info pkg/.git/refs/heads; cd pkg/.git; echo 'ref: refs/heads/main' > HEAD",
    `printf '[user]\\nname=x\\nemail=x@x\\n' > config; ln -s ${out}/profile index; ln -s ${out} objects/pack; echo ok`,
  ];
  lab.respond(runThenSay(plant.join("; ")));
  await bridge.call("codex", { prompt: "Plant it", sandbox: "workspace-write" });
  lab.respond(runThenSay("echo evil > evil.txt; echo ok"));
  const args = { prompt: "Change it", sandbox: "workspace-write", cwd: join(lab.project, "pkg"), commit: "add evil" };
  const committed = await bridge.call("codex", args);
  expect(String(committed.structured["warnings"])).toMatch(
    /Nothing was committed: .*pkg\/\.git\/objects\/pack is a link/,
  );
  expect(committed.structured["commit"]).toBeUndefined();
  expect(readdirSync(out)).toEqual([]);
});

test("a sound one among files that the repository around it tracks gets no commit, and one of another repository no review", async ({
  lab,
  bridge,
}) => {
  makeRepository(lab, lab.project);
  const cwd = join(lab.project, "pkg");
  lab.respond(
    runThenSay(
      "git init --quiet pkg && git -C pkg -c user.name=x -c user.email=x@x commit -q --allow-empty -m x; echo ok",
    ),
  );
  await bridge.call("codex", { prompt: "Make it", sandbox: "workspace-write" });
  lab.respond(runThenSay("echo evil > evil.txt; echo ok"));
  const args = { prompt: "Change it", sandbox: "workspace-write", cwd };
  const { structured } = await bridge.call("codex", { ...args, commit: "add evil" });
  expect(structured["commit"]).toBeUndefined();
  expect(String(structured["warnings"])).toMatch(/Nothing was committed: The repository .* tracks files within .*pkg/);
  const victim = join(lab.root, "victim");
  makeRepository(lab, victim);
  rmSync(join(cwd, ".git"), { recursive: true });
  writeFileSync(join(cwd, ".git"), `gitdir: ${victim}/.git\n`);
  const review = await bridge.call("codex-review", { cwd });
  expect(review.text).toMatch(/^\[NOT_A_GIT_REPO\] .*does not name .* as its working tree/s);
});
