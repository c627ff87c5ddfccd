// What a team's memory is called. Nothing is connected.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { toShownServer, toTeamKey } from "../../../src/memory/postgres/server-name.ts";

beforeEach(() => {
  for (const name of ["PGHOST", "PGPORT", "PGUSER", "PGDATABASE"]) vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

test("a key has what the environment says of the server, so that two clients with one URL are two teams", () => {
  const url = "postgres:///memory";
  const keys = [
    ["PGHOST", "a.test"],
    ["PGHOST", "b.test"],
    ["PGPORT", "6543"],
    ["PGUSER", "anna"],
  ].map(([name = "", value]) => {
    vi.stubEnv(name, value);
    return toTeamKey(url);
  });
  expect(new Set(keys).size).toBe(4);
  expect(keys.at(-1)).toBe("anna@b.test:6543/memory");
  expect(toShownServer(url)).toBe("b.test:6543/memory");
  vi.stubEnv("PGDATABASE", "other");
  expect([toTeamKey(url), toTeamKey("postgres://")]).toEqual([keys.at(-1), "anna@b.test:6543/other"]);
});

test.each([
  ["postgres://anna:pond-4471@db.test/memory", "anna@db.test:5432/memory", "db.test/memory"],
  [
    "postgres://anna@db.test:5432/memory?sslmode=verify-full&sslrootcert=/nowhere",
    "anna@db.test:5432/memory",
    "db.test/memory",
  ],
  // What stands in a parameter wins.
  ["postgres://anna@db.test/memory?host=b.test&port=1&user=bert", "bert@b.test:1/memory", "b.test:1/memory"],
  ["postgres:///memory?host=/run/pg&user=me@tenant", "me%40tenant@%2Frun%2Fpg:5432/memory", "/run/pg/memory"],
  ["postgres://a%40b@db.test/memory", "a%40b@db.test:5432/memory", "db.test/memory"],
])("%s is %s, shown as %s", (url, key, shown) => {
  expect([toTeamKey(url), toShownServer(url)]).toEqual([key, shown]);
});

test("a URL that cannot be read is shown without its password", () => {
  expect(toShownServer("postgres://anna:pond-4471%zz@:x/y")).toBe("the server of BRIDGE_MEMORY_URL");
});
