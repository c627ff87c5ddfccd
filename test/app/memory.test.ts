import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { createMemory, toMemoryServer } from "../../src/app/memory.ts";
import { test } from "../support/fixture.ts";

test("the memory of a turn is the team's too, whose address it gets by name alone", () => {
  const settings = { codexMemory: "auto", stateDir: "/state" } as const;
  const env = { BRIDGE_MEMORY_URL: "postgres://bridge:pond-4471@db.test/memory" };
  const server = toMemoryServer(settings, env, "/bridge.js");
  expect(server).toMatchObject({ variables: ["BRIDGE_MEMORY_URL"], env: { BRIDGE_STATE_DIR: "/state" } });
  expect(JSON.stringify(server)).not.toContain("4471");
  expect(toMemoryServer(settings, {}, "/bridge.js")).toMatchObject({ variables: [] });
  expect(toMemoryServer({ ...settings, codexMemory: "off" }, env, "/bridge.js")).toBeUndefined();
});

test("what else decides how a server is reached goes along, secrets by name alone", () => {
  const settings = { codexMemory: "auto", stateDir: "/state" } as const;
  const env = {
    PGPASSWORD: "pond-4471",
    PGSSLMODE: "verify-full",
    NODE_EXTRA_CA_CERTS: "/ca.pem",
    PGOPTIONS: "-c x=y",
  };
  const open = (url: string) => toMemoryServer(settings, { ...env, BRIDGE_MEMORY_URL: url }, "/bridge.js");
  const server = open("postgres://bridge@db.test/memory");
  const connection = { BRIDGE_STATE_DIR: "/state", PGSSLMODE: "verify-full", NODE_EXTRA_CA_CERTS: "/ca.pem" };
  expect(server?.env).toEqual(connection);
  expect(server?.variables).toEqual(["BRIDGE_MEMORY_URL", "PGPASSWORD"]);
  expect(JSON.stringify(server)).not.toContain("4471");
  // A variable that is named is hidden from Codex's commands, so none is without need.
  expect(open("postgres://bridge:own-5521@db.test/memory")?.variables).toEqual(["BRIDGE_MEMORY_URL"]);
  expect(toMemoryServer(settings, env, "/bridge.js")).toMatchObject({
    env: { BRIDGE_STATE_DIR: "/state" },
    variables: [],
  });
});

test("a folder that names the project of another is told so, and what it stores goes by its path", async ({
  folder,
}) => {
  const makeProject = (name: string): string => {
    mkdirSync(join(folder, name, ".git"), { recursive: true });
    const config = '[remote "origin"]\n\turl = git@git.test:acme/heron.git\n';
    writeFileSync(join(folder, name, ".git/config"), config);
    return join(folder, name);
  };
  const settings = {
    ...{ stateDir: join(folder, "state"), memoryUrl: "postgres://x:y@127.0.0.1:1/z" },
    ...{ embeddingsUrl: undefined, embeddingsModel: undefined, embeddingsKey: undefined },
  };
  const ask = async (cwd: string): Promise<string> => {
    const memory = createMemory({ settings, cwd, agent: "claude", redact: (text) => text });
    await memory.list({}, undefined, 1);
    const [first, second] = [memory.notes(), memory.notes()].map((notes) => notes.join(" "));
    await memory.close();
    expect(first).toContain("Local only");
    return second === first ? `always: ${first}` : `once: ${first}`;
  };
  const [own, forged] = [makeProject("heron"), makeProject("unpacked")];
  expect(await ask(own)).toMatch(/^once: .*keeps .*under "git\.test\/acme\/heron".*memory unshare/);
  expect(await ask(own)).toMatch(/^always: Local only: (?!.*git\.test)/);
  expect(await ask(forged)).toMatch(
    /^always: .*which any folder can say\. ".*\/heron" is that project too\..*memory share/,
  );
});
