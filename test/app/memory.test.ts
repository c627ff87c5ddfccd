import { expect, test } from "vitest";
import { toMemoryServer } from "../../src/app/memory.ts";

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
