// What a thread is loaded with. That Codex holds it: test/codex/.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createUserConfigReader } from "../../../../src/agents/codex/config/user-config.ts";
import { toProvider } from "../../../../src/agents/codex-app-server/thread/thread-load.ts";

test("the provider is the machine's, else the caller's, else the user's", async () => {
  const root = mkdtempSync(join(tmpdir(), "providers-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "etc"));
  const write = (name: string, id: string): void => writeFileSync(join(root, name), `model_provider = "${id}"\n`);
  const read = createUserConfigReader(root, [], join(root, "etc/config.toml"));
  const own = { config: { model_provider: "callers" } };
  expect(toProvider({ config: {} }, await read())).toBe("openai");
  write("config.toml", "users");
  expect(toProvider({ config: {} }, await read())).toBe("users");
  expect(toProvider(own, await read())).toBe("callers");
  write("etc/managed_config.toml", "machines");
  expect(toProvider(own, await read())).toBe("machines");
});
