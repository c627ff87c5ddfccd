// How much of an account is used: what the last turn was told, as long as it holds.
import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { createAccountUsage } from "../../src/app/account-usage.ts";
import { createUsageFiles } from "../../src/state/usage-files.ts";
import { test } from "../support/fixture.ts";

const windows = [{ usedPercent: 96, minutes: 300, resetsAt: 2_000_000_000 }];

test("it is kept until the login changes, and does not count with credits", ({ folder }) => {
  const loginFile = join(folder, "auth.json");
  const open = (account = "a") =>
    createAccountUsage({ files: createUsageFiles(folder), account, loginFile, clock: () => 1_000_000 });
  expect(open().read()).toEqual([]);
  open().keep({ windows });
  expect([open().read(), open("b").read()]).toEqual([windows, []]);
  writeFileSync(loginFile, "{}");
  utimesSync(loginFile, 999, 999);
  expect(open().read()).toEqual(windows);
  utimesSync(loginFile, 1_001, 1_001);
  expect(open().read()).toEqual([]);
  utimesSync(loginFile, 999, 999);
  open().keep({ windows: [], hasCredits: true });
  expect(open().read()).toEqual(windows);
  open().keep({ windows, hasCredits: true });
  expect(open().read()).toEqual([]);
});
