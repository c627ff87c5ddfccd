// The real Codex in a bridge of a team: its turn stores at the team's server, and finds there what other machines have stored.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject } from "vitest";
import { callMemory } from "../../support/call-memory.ts";
import { test } from "../../support/fixture.ts";
import { CLI, type Lab, runThenSay } from "../../support/lab.ts";
import { makeDatabase, runSql } from "./postgres-server.ts";

const BIN = join(import.meta.dirname, "../../../dist/bin.js");
const REMOTE = "https://git.test/acme/heron.git";

/** A machine's clone of the project. */
function makeClone(folder: string, { env }: Lab): string {
  mkdirSync(folder, { recursive: true });
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@x", ...args], { cwd: folder, env });
  git("init", "--quiet");
  git("remote", "add", "origin", REMOTE);
  git("commit", "--quiet", "--allow-empty", "-m", "first");
  return folder;
}

/** A database whose owner has a name and a password of its own: a neighbour's run of this test must not be found in place of this one. */
async function makeOwnDatabase(): Promise<{ readonly url: string; readonly password: string }> {
  const url = await makeDatabase(inject("postgresUrl"));
  const drawn = randomBytes(6).toString("hex");
  const [owner, password] = [`keeper_${drawn}`, `heron-${drawn}-pond`];
  await runSql(url, `CREATE ROLE ${owner} LOGIN PASSWORD '${password}'`);
  const own = new URL(url);
  await runSql(url, `ALTER DATABASE ${own.pathname.slice(1)} OWNER TO ${owner}`);
  [own.username, own.password] = [owner, password];
  return { url: own.href, password };
}

/** Processes that tell a password to everybody who lists them. */
const listTalkative = (password: string): string[] =>
  (existsSync("/proc") ? readdirSync("/proc") : [])
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        return line.includes(password) ? [line] : [];
      } catch {
        return [];
      }
    });

const BACKENDS = CLI.letsGoOfThreads ? (["app-server", "exec"] as const) : (["exec"] as const);

test.for(BACKENDS)(
  "on %s the memory of a turn is the team's, and the password is told nobody",
  { timeout: 90_000 },
  async (backend, { lab, startBridge }) => {
    const { url, password } = await makeOwnDatabase();
    const bare = url.replace(`:${password}@`, "@");
    const way = backend === "exec" ? { BRIDGE_MEMORY_URL: bare, PGPASSWORD: password } : { BRIDGE_MEMORY_URL: url };
    makeClone(lab.project, lab);
    const anna = await startBridge({ env: { BRIDGE_BACKEND: backend, ...way }, ownPath: BIN });
    const ben = await startBridge({
      env: { BRIDGE_MEMORY_URL: url, BRIDGE_STATE_DIR: join(lab.root, "ben") },
      cwd: makeClone(join(lab.root, "bens", "heron"), lab),
    });

    let talkative: string[] = [];
    const store = callMemory("store_knowledge", { messages: "Terns fish at dawn.", sessionId: "S", kind: "review" });
    lab.respond((request) => {
      talkative = [...talkative, ...listTalkative(password)];
      return store(request);
    });
    const prompt = "keep it with store_knowledge";
    const stored = await anna.call("codex", { prompt, sandbox: "workspace-write", isolation: "worktree" });
    expect(stored.structured.content).toMatch(/Stored as m-.*version 1 of review/);
    expect(stored.structured.content).not.toContain("Local only");
    expect(await runSql(url, "SELECT project FROM codex_bridge.entries")).toEqual([
      { project: expect.stringContaining("git.test/acme/heron") },
    ]);
    const found = await ben.call("retrieve_knowledge", { query: "terns" });
    expect(found.structured["entries"], found.text).toMatchObject([{ agent: "codex", kind: "review", sessionId: "S" }]);

    await ben.call("store_knowledge", { messages: "Gulls rest at noon.", sessionId: "T", kind: "plan" });
    const { threadId } = stored.structured;
    lab.respond(callMemory("retrieve_knowledge", { query: "gulls" }));
    const read = await anna.call("codex-reply", { prompt: "use retrieve_knowledge", threadId, sandbox: "read-only" });
    expect(read.structured.content).toContain("Gulls rest at noon.");
    expect(read.structured.content).not.toContain("Local only");

    lab.respond(runThenSay("env; true"));
    const { structured } = await anna.call("codex", { prompt: "store_knowledge, later", sandbox: "workspace-write" });
    expect(structured.content).toContain("PATH=");
    const said = JSON.stringify([...lab.standIn.requests.map(({ body }) => body), structured, stored, read]);
    for (const secret of [password, "BRIDGE_MEMORY_URL", "PGPASSWORD"]) expect(said).not.toContain(secret);
    expect(talkative).toEqual([]);
  },
);
