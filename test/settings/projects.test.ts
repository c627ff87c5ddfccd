// Every test file belongs to a project: one that does not would never run, and nobody would notice.
import { readdirSync } from "node:fs";
import { join, matchesGlob } from "node:path";
import { expect, test } from "vitest";
import config from "../../vitest.config.ts";

interface Project {
  readonly test: { readonly include: string[]; readonly exclude?: string[] };
}

test("every test file is run by exactly one project; test/e2e has a runner of its own", () => {
  const root = join(import.meta.dirname, "..");
  const files = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts") && !name.startsWith("e2e/"))
    .map((name) => `test/${name}`);
  const projects = config.test?.projects as unknown as Project[];
  for (const file of files) {
    const owners = projects.filter(
      ({ test: { include, exclude = [] } }) =>
        include.some((glob) => matchesGlob(file, glob)) && !exclude.some((glob) => matchesGlob(file, glob)),
    );
    expect(owners, file).toHaveLength(1);
  }
});
