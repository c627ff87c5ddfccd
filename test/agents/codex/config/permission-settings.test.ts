import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { summarizeProfile, toReadOnlyProfile } from "../../../../src/agents/codex/config/permission-profile.ts";
import { createUserConfigReader } from "../../../../src/agents/codex/config/user-config.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "permissions-"));
  mkdirSync(join(root, "etc"));
});
afterEach(() => rmSync(root, { recursive: true }));

/** What the files choose; `config`, `x.config` (profile x), `etc/config`, `etc/requirements`, `etc/managed_config`. */
async function read(files: Record<string, string>, profile?: string, flags: string[] = []) {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, `${name}.toml`), text);
  const { permissions, sandboxMode } = await createUserConfigReader(
    root,
    flags,
    join(root, "etc/config.toml"),
  )(profile);
  return [permissions.selected, sandboxMode];
}
const P = 'default_permissions = "p"';
const WRITE = 'sandbox_mode = "workspace-write"';

test.each<[string, () => ReturnType<typeof read>, (string | undefined)[]]>([
  ["nothing", () => read({}), [undefined, undefined]],
  ["within one layer the profile", () => read({ config: `${P}\n${WRITE}` }), ["p", undefined]],
  ["the higher layer", () => read({ config: P, "x.config": WRITE }, "x"), [undefined, "workspace-write"]],
  ["the higher layer, the other way", () => read({ config: WRITE, "x.config": P }, "x"), ["p", undefined]],
  ["flags", () => read({ config: WRITE }, undefined, ['default_permissions="p"']), ["p", undefined]],
  ["the machine's config, where the user has none", () => read({ "etc/config": P, config: "" }), ["p", undefined]],
  ["the user's, else", () => read({ "etc/config": P, config: WRITE }), [undefined, "workspace-write"]],
  ["the machine's managed config", () => read({ "etc/managed_config": P, config: WRITE }), ["p", undefined]],
  [
    "a built-in one is a mode",
    () => read({ config: 'default_permissions = ":workspace"' }),
    [":workspace", "workspace-write"],
  ],
  [
    "requirements that list profiles",
    () => read({ config: WRITE, "etc/requirements": `${P}\n[allowed_permission_profiles]\np = true\n` }),
    ["p", undefined],
  ],
  [
    "the user's choice among them",
    () =>
      read({
        config: 'default_permissions = "q"',
        "etc/requirements": `${P}\n[allowed_permission_profiles]\np = true\nq = true\n`,
      }),
    ["q", undefined],
  ],
])("chosen is %s", async (_name, choose, expected) => {
  expect(await choose()).toEqual(expected);
});

const tables = {
  write: { filesystem: { ":root": "read", "/data": { ".": "read", out: "write" }, "/secret": "deny" } },
  work: { extends: ":workspace", workspace_roots: { "/other": true }, network: { enabled: true } },
  mixed: { extends: "work", filesystem: { ":workspace_roots": { docs: "read", "**/*.key": "deny" } } },
  open: { filesystem: { ":root": "write" } },
  circle: { extends: "circle" },
};

test.each([
  ["write", { mode: "workspace-write", networkAccess: false, writableRoots: ["/data/out"], excludeSlashTmp: true }],
  ["mixed", { mode: "workspace-write", networkAccess: true, writableRoots: ["/other"] }],
  ["open", { mode: "danger-full-access", networkAccess: true, writableRoots: [] }],
  ["circle", { mode: "read-only", networkAccess: false, writableRoots: [] }],
  ["nowhere", { mode: "read-only", networkAccess: false, writableRoots: [] }],
])("profile %s gives", (name, expected) => {
  expect(summarizeProfile(tables, name)).toMatchObject(expected);
});

test("without its writes a profile keeps its denies: they are not in the tables that replace nothing but writes", () => {
  expect(toReadOnlyProfile(tables, "mixed")).toEqual({
    extends: "mixed",
    network: { enabled: false },
    filesystem: { ":workspace_roots": { ".": "read" }, ":slash_tmp": "read", ":tmpdir": "read" },
  });
  expect(toReadOnlyProfile(tables, "write")).toEqual({
    extends: "write",
    network: { enabled: false },
    filesystem: { "/data": { out: "read" } },
  });
});

test("an integer that JavaScript cannot hold does not make the config unreadable", async () => {
  expect(await read({ config: `model_auto_compact_token_limit = 9223372036854775807\n${WRITE}` })).toEqual([
    undefined,
    "workspace-write",
  ]);
});
