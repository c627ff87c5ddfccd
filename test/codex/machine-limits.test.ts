// What holds for the whole machine (/etc/codex): shown with the real Codex CLI in a mount namespace of its own, in which /etc/codex is ours.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { createUserConfigReader } from "../../src/agents/codex/config/user-config.ts";
import { test as labTest } from "../support/fixture.ts";
import { CLI, type Lab, NATIVE_CODEX, ON_APP_SERVER, runThenSay } from "../support/lab.ts";

const test = labTest
  .extend("machine", ({ lab }) => {
    for (const name of ["machine", "upper", "work", "mount"]) mkdirSync(join(lab.root, name));
    return join(lab.root, "machine");
  })
  .override("bridgeOptions", ({ lab }) => ({ env: { CODEX_BIN: makeCodex(lab) } }));

// `/etc` as it is, with `codex` in it: a tmpfs holds the copy, since an overlay may not stand on an overlay.
const MOUNT = `mount -t tmpfs none "$0/mount" && mkdir "$0/mount/u" "$0/mount/w" &&
  mount -t overlay overlay -o "lowerdir=/etc,upperdir=$0/mount/u,workdir=$0/mount/w" /etc && mkdir /etc/codex && cp -r "$0/machine/." /etc/codex/`;

/** Codex in a namespace in which /etc/codex holds the files of \`machine\`. */
function makeCodex(lab: Lab): string {
  const file = join(lab.root, "codex-on-machine");
  writeFileSync(
    file,
    `#!/bin/sh\nexec unshare -m /bin/sh -c '${MOUNT} && exec ${NATIVE_CODEX} "$@"' ${lab.root} "$@"\n`,
  );
  chmodSync(file, 0o755);
  return file;
}

const canMount = ((): boolean => {
  try {
    const script =
      "mount -t tmpfs none /mnt && mkdir /mnt/u /mnt/w && mount -t overlay o -o lowerdir=/etc,upperdir=/mnt/u,workdir=/mnt/w /etc";
    execFileSync("unshare", ["-m", "/bin/sh", "-c", script], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

describe.runIf(canMount && CLI.hasThreadSource)("machine-wide requirements of Codex", () => {
  test("that narrow the sandbox: the result says what is in force, and that it is less than asked for", async ({
    lab,
    machine,
    bridge,
  }) => {
    writeFileSync(join(machine, "requirements.toml"), 'allowed_sandbox_modes = ["read-only"]\n');
    const made = join(lab.project, "made");
    lab.respond(runThenSay(`touch ${made}; true`));
    const { isError, structured, text } = await bridge.call("codex", { prompt: "x", sandbox: "workspace-write" });
    expect(existsSync(made)).toBe(false);
    if (ON_APP_SERVER) {
      expect(text).toMatch(/^\[SANDBOX_DENIED\].*requirements.*ReadOnly/s);
      return;
    }
    expect(isError).toBe(false);
    expect(structured["sandbox"]).toBe("read-only");
    expect(String(structured["warnings"])).toContain("ran with sandbox read-only, not workspace-write as asked");
  });

  test("that deny a file hold beside the bridge's own sandbox", async ({ lab, machine, bridge }) => {
    const secret = join(lab.outside, "secret");
    writeFileSync(secret, "TOPSECRET");
    writeFileSync(join(machine, "requirements.toml"), `[permissions.filesystem]\ndeny_read = ["${secret}"]\n`);
    lab.respond(runThenSay(`cat ${secret}; true`));
    const { threadId, content } = (await bridge.call("codex", { prompt: "x", sandbox: "workspace-write" })).structured;
    expect(content).not.toContain("TOPSECRET");
    expect((await bridge.call("codex-reply", { prompt: "x", threadId })).structured.content).not.toContain("TOPSECRET");
  });

  test("that choose a profile and leave no sandbox to choose: the bridge says so instead of trusting its own", async ({
    lab,
    machine,
    bridge,
  }) => {
    writeFileSync(
      join(machine, "requirements.toml"),
      'default_permissions = "corp"\n[allowed_permission_profiles]\ncorp = true\n[permissions.corp]\nextends = ":workspace"\n',
    );
    const made = join(lab.project, "made");
    const before = lab.readConfig();
    lab.respond(({ toolOutputs }) => ({
      delayMs: 3_000,
      steps: [toolOutputs.length === 0 ? { run: `touch ${made}; true` } : { say: "x" }],
    }));
    // The bridge itself does not see this /etc/codex: what Codex reports is all it has.
    const { text, structured } = await bridge.call("codex", { prompt: "x", sandbox: "read-only" });
    // A turn on the app server has its own sandbox beside the profile.
    if (ON_APP_SERVER) expect(structured["sandbox"]).toBe("read-only");
    else expect(text).toMatch(/^\[SANDBOX_NOT_HELD\].*permission profile corp/);
    expect([existsSync(made), lab.readConfig()]).toEqual([false, before]);
    const read = createUserConfigReader(lab.codexHome, [], join(machine, "config.toml"));
    expect((await read()).permissions).toMatchObject({ selected: "corp", isManaged: true });
  });
});
