// Which turns fit the app server. That those which do not run as `codex exec`: test/codex/approvals.test.ts.
import { expect, test } from "vitest";
import { findMisfit } from "../../../../src/agents/codex-app-server/thread/fit.ts";

type Facts = Parameters<typeof findMisfit>;

function find(changes: { frame?: object; exec?: object; isManaged?: boolean; store?: "file" | "other" } = {}) {
  const { frame = {}, exec = {}, isManaged = false, store = "file" } = changes;
  return findMisfit(
    { frame: { config: {}, ...frame } } as Facts[0],
    {
      answers: { exec: { letsGoOfThreads: true, ...exec } },
      inputs: { config: { permissions: { isManaged }, credentialStore: store } },
      credential: "codex login",
    } as Facts[1],
  );
}

test("a turn under a permission profile of the user fits", () => {
  expect(find()).toBeUndefined();
  expect(find({ isManaged: true })).toBeUndefined();
  expect(find({ frame: { permissions: { name: "careful", isReadOnly: false } } })).toBeUndefined();
});

test.each([
  [{ exec: { letsGoOfThreads: false } }, "older than 0.160"],
  [{ frame: { profile: "x" } }, "no config profiles"],
  [{ store: "other" as const }, "keeps its login where"],
  [
    { frame: { permissions: { name: "corp" } }, isManaged: true },
    "machine-wide requirements choose the permission profile",
  ],
])("what does not: %j", (changes, reason) => {
  expect(find(changes)).toContain(reason);
});
