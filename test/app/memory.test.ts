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
