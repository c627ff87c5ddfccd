// The security page names a test for each claim: those are there.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const page = readFileSync(join(ROOT, "SECURITY.md"), "utf8");
const claims = [...page.matchAll(/`(test\/[\w/.-]+\.ts): ([^`]+)`/g)].map(([, file = "", name = ""]) => [file, name]);

test("the page names tests", () => {
  expect(claims.length).toBeGreaterThan(15);
  // None in another form, which would not be looked at.
  expect(page.match(/test\/[\w/.-]+\.ts/g)).toHaveLength(claims.length);
});

test.each(claims)("%s: %s", (file = "", name = "") => {
  expect(existsSync(join(ROOT, file))).toBe(true);
  expect(readFileSync(join(ROOT, file), "utf8")).toContain(name);
});
