// TLS with a real server, and certificates of the test's own authority.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BridgeError } from "../../../src/domain/errors.ts";
import { createPostgresMemory } from "../../../src/memory/postgres/postgres-memory.ts";
import { PASSWORD, type PostgresServer, runSql, startPostgres } from "./postgres-server.ts";

let folder: string;
let server: PostgresServer;
const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
const makeKey = (name: string, ...more: string[]) =>
  openssl(
    ...["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", `/CN=${name}`],
    ...["-keyout", `${name}.key`, ...more],
  );

beforeAll(async () => {
  folder = mkdtempSync("/var/tmp/codex-bridge-test-");
  for (const name of ["ca", "other-ca"]) makeKey(name, "-x509", "-days", "2", "-out", `${name}.pem`);
  makeKey("server", "-out", "server.csr");
  writeFileSync(join(folder, "names"), "subjectAltName=IP:127.0.0.1,DNS:db.test");
  openssl(
    ...["x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"],
    ...["-extfile", "names", "-out", "server.crt"],
  );
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");
  const files = { "server.crt": read("server.crt"), "server.key": read("server.key") };
  server = await startPostgres({ settings: ["ssl=on"], files });
}, 60_000);
afterAll(async () => {
  await server.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** What a first call says: nothing where it works. */
async function tryOut(query: string, host = "127.0.0.1"): Promise<string> {
  const url = `${server.url.replace("127.0.0.1", host)}?${query}`;
  const store = createPostgresMemory({ url, clock: Date.now, newId: () => "m-1" });
  try {
    await store.list({}, 1);
    return "";
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    const said = `${error.message} ${error.report.nextStep}`;
    expect(said).not.toContain(PASSWORD);
    return said;
  } finally {
    await store.close();
  }
}

test("TLS is what the address says: the authority and the name are checked, whatever the word for it", async () => {
  const warnings: unknown[] = [];
  const note = (warning: unknown): void => void warnings.push(warning);
  process.on("warning", note);
  const ca = `sslrootcert=${folder}/ca.pem`;
  try {
    for (const mode of ["verify-full", "require", "verify-ca", "prefer"]) {
      expect(await tryOut(`sslmode=${mode}&${ca}`)).toBe("");
      // Nobody known has signed it: refused, although libpq's `require` would go on.
      expect(await tryOut(`sslmode=${mode}`)).toMatch(/no connection over TLS \((?:UNABLE_|SELF_)\w+\).*sslrootcert/);
      expect(await tryOut(`sslmode=${mode}&sslrootcert=${folder}/other-ca.pem`)).toMatch(
        /over TLS \((?:UNABLE_|SELF_)\w+\)/,
      );
    }
    // Signed well, for another name.
    expect(await tryOut(`sslmode=verify-full&${ca}`, "localhost")).toMatch(/over TLS \(ERR_TLS_CERT_ALTNAME_INVALID\)/);
    expect(await tryOut("sslmode=no-verify")).toBe("");
    expect(await tryOut("sslmode=require&uselibpqcompat=true")).toBe("");
    expect(await tryOut(`sslmode=verify-full&sslrootcert=${folder}/server.key`)).toMatch(/over TLS/);
    expect(await tryOut(`sslmode=verify-full&sslrootcert=${folder}`)).toMatch(/over TLS \(EISDIR\)/);
  } finally {
    process.off("warning", note);
  }
  // Nothing of pg's own on standard error.
  expect(warnings).toEqual([]);
});

test("what is stored goes over TLS, and what listens too", async () => {
  const url = `${server.url}?sslmode=verify-full&sslrootcert=${folder}/ca.pem`;
  const store = createPostgresMemory({ url, clock: Date.now, newId: () => "m-2" });
  const area = { scope: "project", project: "/work/heron" } as const;
  const waiting = store.waitForStatus({ area, sessionId: "s", status: "READY", ms: 60_000 });
  const LISTENS = "FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) WHERE application_name = 'codex-bridge'";
  while ((await runSql(server.url, `SELECT ${LISTENS} AND query LIKE 'LISTEN%'`)).length === 0)
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await runSql(server.url, `SELECT DISTINCT ssl ${LISTENS}`)).toEqual([{ ssl: true }]);
  const draft = { kind: "note", agent: "claude", title: "x", text: "x", tags: [], files: [] } as const;
  await store.store({ ...draft, area, sessionId: "s", status: "READY" });
  expect(await waiting).toMatchObject({ status: "READY" });
  await store.close();
});
