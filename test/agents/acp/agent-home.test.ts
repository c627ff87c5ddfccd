// The home that an agent has in a sandbox, after it has changed it.
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { toAgentHome } from "../../../src/agents/acp/launch/agent-home.ts";
import { SCRIPTED_AGENT } from "../../support/acp-stage.ts";

test("its links are made in its home alone, wherever it has had a folder lead", () => {
  const root = mkdtempSync(join(tmpdir(), "agent-home-"));
  try {
    const theirs = join(root, "home/.agent/settings.json");
    const victim = join(root, "victim");
    mkdirSync(join(theirs, ".."), { recursive: true });
    mkdirSync(victim);
    writeFileSync(theirs, "{}");
    const agent = { ...SCRIPTED_AGENT, homeFiles: [".agent/settings.json"] };
    const own = toAgentHome({ agent, home: join(root, "home"), stateDir: join(root, "state") }, "t-1");
    own.open(1_000_000);
    const settings = join(own.path, "home/.agent/settings.json");
    expect(readlinkSync(settings)).toBe(theirs);
    rmSync(join(own.path, "home/.agent"), { recursive: true });
    symlinkSync(victim, join(own.path, "home/.agent"));
    own.open(2_000_000);
    expect([readdirSync(victim), readlinkSync(settings)]).toEqual([[], theirs]);
    rmSync(join(own.path, "home"), { recursive: true });
    symlinkSync(victim, join(own.path, "home"));
    own.open(3_000_000);
    expect([readdirSync(victim), lstatSync(join(own.path, "home")).isDirectory()]).toEqual([[], true]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
