// Codex's own sandbox around another program, which here is a shell that keeps to no rule of its own: only the operating system can refuse it.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { type CalleeSandbox, createCalleeSandbox } from "../../src/agents/callee/callee-sandbox.ts";
import { FULL_ACCESS, READ_ONLY, type SandboxPolicy } from "../../src/domain/sandbox.ts";
import { startProgram } from "../../src/process/program.ts";
import { test as labTest } from "../support/fixture.ts";
import { CLI, type Lab, NATIVE_CODEX } from "../support/lab.ts";

const WORKSPACE: SandboxPolicy = { ...READ_ONLY, mode: "workspace-write" };

interface Run {
  readonly stdout: string;
  readonly refusal: string | undefined;
}

interface Place {
  readonly lab: Lab;
  /** The agent's own folder. */
  readonly own: string;
  /** The agent's settings, which a person's sessions read too. */
  readonly settings: string;
  now: number;
  open(codexBin?: string, env?: Record<string, string>): CalleeSandbox;
  run(script: string, sandbox: SandboxPolicy, by?: CalleeSandbox): Promise<Run>;
}

const test = labTest.extend("place", ({ lab }): Place => {
  const own = join(lab.stateDir, "callees/agent/thread");
  const settings = join(lab.root, "home/.claude");
  for (const folder of [own, settings]) mkdirSync(folder, { recursive: true });
  const place: Place = {
    ...{ lab, own, settings, now: 1_000_000 },
    open: (codexBin = NATIVE_CODEX, env = {}) =>
      createCalleeSandbox({
        env: { PATH: process.env["PATH"], ...env },
        ...{ codexBin, stateDir: lab.stateDir },
        guarded: [lab.codexHome, settings],
        clock: () => place.now,
      }),
    run: async (script, sandbox, by = place.open()) => {
      const env = { PATH: "/usr/bin:/bin", HOME: join(lab.root, "home"), KEY: "k", BRIDGE_RUN: "callee-test" };
      const program = { file: "/bin/sh", args: ["-c", script, "agent"], env, cwd: lab.project };
      const held = by.wrap(program, { sandbox, ownFolders: [own], tmpdir: own });
      const lines: string[] = [];
      const { ended } = await startProgram({
        ...held,
        ...{ input: "", signal: new AbortController().signal },
        onLine: (line) => lines.push(line),
        onLongLine: () => {},
      });
      const end = await ended;
      return { stdout: lines.join("\n"), refusal: held.findRefusal(end) };
    },
  };
  return place;
});

/** Tries to write each path, at once, from the background and from a session of its own, and once the agent has ended. */
const tryAll = (paths: readonly string[]): string => `
for path in ${paths.map((path) => `'${path}'`).join(" ")}; do
  (: > "$path") 2>/dev/null && echo "$path"
  (sleep 0.1; : > "$path-later") 2>/dev/null &
  setsid sh -c 'while kill -0 $2; do sleep 0.05; done; sleep 1; : > "$1-after"' sh "$path" $$ >/dev/null 2>&1 </dev/null &
done
sleep 0.2`;

const settle = () => new Promise((resolve) => setTimeout(resolve, 1_500));

/** Everything that tries could have left. */
const listWritten = (folder: string): string[] => readdirSync(folder).filter((name) => name.startsWith("try"));

describe.runIf(CLI.hasPermissionProfiles)("a program in it", () => {
  test("writes nothing but its own folder under read-only", async ({ place }) => {
    const { lab, own, settings } = place;
    const folders = [lab.project, lab.outside, settings, lab.codexHome, lab.stateDir, join(lab.stateDir, "callees")];
    const { stdout, refusal } = await place.run(
      tryAll([...folders, own, "/tmp"].map((f) => join(f, "try"))),
      READ_ONLY,
    );
    await settle();
    expect([stdout, refusal]).toEqual([join(own, "try"), undefined]);
    expect(folders.flatMap(listWritten)).toEqual([]);
    expect(existsSync("/tmp/try")).toBe(false);
    expect(listWritten(own)).toContain("try-later");
  });

  test("writes in its directory and its further roots under workspace-write, not in what tells agents what to start", async ({
    place,
  }) => {
    const { lab, own, settings } = place;
    const root = join(lab.root, "further");
    for (const name of [".git", ".claude", ".gemini", "sub"]) mkdirSync(join(lab.project, name));
    mkdirSync(root);
    writeFileSync(join(lab.project, ".mcp.json"), "{}");
    symlinkSync(lab.outside, join(lab.project, "link"));
    const open = [lab.project, join(lab.project, "sub"), root, own];
    const closed = [".git", ".claude", ".gemini", "link"].map((name) => join(lab.project, name));
    const paths = [...open, ...closed, lab.outside, settings, lab.stateDir, lab.codexHome].map((f) => join(f, "try"));
    const script = tryAll([...paths, join(lab.project, ".mcp.json"), "/tmp/try"]);
    const { stdout } = await place.run(script, { ...WORKSPACE, writableRoots: [root] });
    await settle();
    expect(stdout.split("\n")).toEqual(open.map((folder) => join(folder, "try")));
    expect([...closed, lab.outside, settings, lab.stateDir].flatMap(listWritten)).toEqual([]);
    expect(readFileSync(join(lab.project, ".mcp.json"), "utf8")).toBe("{}");
    expect(open.filter((folder) => listWritten(folder).includes("try-after"))).toEqual([]);
    // What Codex puts there to protect names is gone with it.
    expect(readdirSync(lab.project).sort()).toEqual(
      [".claude", ".gemini", ".git", ".mcp.json", ".mcp.json-later", "link", "sub", "try", "try-later"].sort(),
    );
  });

  test("never writes the bridge's state, Codex's home or the agent's settings, though a root contains them", async ({
    place,
  }) => {
    const { lab, own, settings } = place;
    const paths = [lab.stateDir, lab.codexHome, settings, own, lab.root].map((folder) => join(folder, "try"));
    const { stdout } = await place.run(tryAll(paths), { ...WORKSPACE, writableRoots: [lab.root] });
    expect(stdout.split("\n")).toEqual([own, lab.root].map((folder) => join(folder, "try")));
  });

  test("has the environment that it was given, and the user's settings of Codex change nothing", async ({ place }) => {
    const { lab, own } = place;
    lab.writeConfig({
      top: 'sandbox_mode = "danger-full-access"',
      tables: `[shell_environment_policy]\ninherit = "none"\n[permissions.callee.filesystem]\n"/" = "write"\n`,
    });
    const { stdout } = await place.run(`env; (: > ${lab.outside}/try) 2>/dev/null && echo WROTE`, READ_ONLY);
    const env = stdout.split("\n");
    expect(env).toEqual(expect.arrayContaining(["PATH=/usr/bin:/bin", "KEY=k", `TMPDIR=${own}`]));
    expect(env.filter((line) => /^CODEX_|^WROTE/.test(line))).toEqual([]);
  });

  test("has the network, and none of the sockets behind which others act for it", async ({ place }) => {
    const { lab } = place;
    const runtime = join(lab.root, "runtime");
    mkdirSync(runtime);
    const agent = join(lab.root, "agent.sock");
    const visits: string[] = [];
    const listen = (name: string, where: string | number) =>
      new Promise<ReturnType<typeof createServer>>((resolve) => {
        const server = createServer((socket) => {
          visits.push(name);
          socket.on("error", () => {}).destroy();
        });
        server.listen(where, () => resolve(server));
      });
    const [other, own] = [join(lab.root, "other.sock"), join(lab.project, "own.sock")];
    const servers = [await listen("tcp", 0), await listen("bus", join(runtime, "bus")), await listen("ssh", agent)];
    servers.push(await listen("other", other), await listen("own", own));
    for (const path of [other, own]) utimesSync(path, new Date(0), new Date(0));
    const address = servers[0]?.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const connect = `for (const to of [{path:"${runtime}/bus"},{path:"${agent}"},{path:"${other}"},{path:"${own}"},{port:${port},host:"127.0.0.1"}]) require("net").connect(to).on("error",()=>{})`;
    const by = place.open(undefined, { XDG_RUNTIME_DIR: runtime, SSH_AUTH_SOCK: agent });
    const { refusal } = await place.run(`${process.execPath} -e '${connect}'`, WORKSPACE, by);
    for (const server of servers) server.close();
    expect([refusal, visits.sort()]).toEqual([undefined, ["own", "tcp"]]);
  });

  test("cannot have the next one started without a sandbox: by what it leaves, or by how much it says", async ({
    place,
  }) => {
    const { own } = place;
    const by = place.open();
    const flood =
      "i=0; while [ $i -lt 400 ]; do echo 'not a word of the protocol, on and on, on and on' >&2; i=$((i+1)); done";
    const script = `mkdir $TMPDIR/sandbox-begun; for name in $TMPDIR/begun-*; do mkdir $name; done; ${flood}`;
    expect(await place.run(script, WORKSPACE, by)).toEqual({ stdout: "", refusal: undefined });
    expect(readdirSync(own).sort()).toEqual(["begun-*", "sandbox-begun"]);
    expect(await place.run("echo held", WORKSPACE, by)).toEqual({ stdout: "held", refusal: undefined });
    expect(by.choose(WORKSPACE, place.lab.project)).toEqual({ kind: "held" });
  });

  test("tells its own exit and its own words", async ({ place }) => {
    const { stdout, refusal } = await place.run("echo out; echo err >&2; exit 3", READ_ONLY);
    expect([stdout, refusal]).toEqual(["out", undefined]);
  });
});

describe("what cannot be shown to hold", () => {
  const scripted = (place: Place, text: string): string => {
    const path = join(place.lab.root, "other-codex");
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
    return path;
  };
  const UNTIL_COMMAND = 'while [ "$1" != "--" ]; do shift; done; shift';

  test.for([
    ["runs the command without a sandbox", `${UNTIL_COMMAND}; exec "$@"`, /does not hold here: it let a file outside/],
    ["does not know the words", 'echo "error: unrecognized subcommand" >&2; exit 2', /did not start \(error: unrec/],
    ["says nothing", "exit 0", /did not start \(it said nothing\)/],
    ["dies", "kill -9 $$", /did not start/],
  ] as const)("a Codex that %s: the program is never started", async ([, text, reason], { place }) => {
    const by = place.open(scripted(place, text));
    expect(by.choose(WORKSPACE, place.lab.project)).toEqual({ kind: "held" });
    const { stdout, refusal } = await place.run("echo STARTED", WORKSPACE, by);
    expect(stdout).toBe("");
    expect(refusal).toMatch(reason);
    expect(by.choose(WORKSPACE, place.lab.project)).toEqual({ kind: "not held", reason: refusal });
    expect(by.choose(WORKSPACE, place.lab.outside).kind).toBe("held");
    expect(readdirSync(place.lab.project)).toEqual([]);
    expect(readdirSync(join(place.lab.stateDir, "callees")).sort()).toEqual(["agent", "codex-home"]);
  });

  test("a socket that goes while the sandbox is built says nothing of the next one", async ({ place }) => {
    const agent = join(place.lab.root, "agent.sock");
    const by = place.open(scripted(place, `rm '${agent}'; echo "bwrap: Can't create file at ${agent}" >&2; exit 1`), {
      SSH_AUTH_SOCK: agent,
    });
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(agent, resolve));
    expect((await place.run("echo STARTED", WORKSPACE, by)).refusal).toContain("agent.sock");
    expect(by.choose(WORKSPACE, place.lab.project)).toEqual({ kind: "held" });
    server.close();
    expect((await place.run("echo STARTED", WORKSPACE, by)).refusal).toMatch(/did not start/);
    expect(by.choose(WORKSPACE, place.lab.project)).toMatchObject({ kind: "not held" });
  });

  test("is tried again when another Codex is installed, and after ten minutes", async ({ place }) => {
    const path = scripted(place, "exit 1");
    const by = place.open(path);
    await place.run("true", READ_ONLY, by);
    expect(by.choose(READ_ONLY, place.lab.project).kind).toBe("not held");
    place.now += 600_000;
    expect(by.choose(READ_ONLY, place.lab.project).kind).toBe("held");
    await place.run("true", READ_ONLY, by);
    expect(by.choose(READ_ONLY, place.lab.project).kind).toBe("not held");
    scripted(place, "exit 1 # another one");
    expect(by.choose(READ_ONLY, place.lab.project).kind).toBe("held");
  });

  test("no Codex, and full access", ({ place }) => {
    const by = place.open(join(place.lab.root, "none"));
    expect(by.choose(READ_ONLY, place.lab.project)).toMatchObject({ kind: "not held" });
    expect(by.choose(FULL_ACCESS, place.lab.project)).toEqual({ kind: "unlimited" });
  });

  test.skipIf(CLI.hasPermissionProfiles)("a Codex without permission profiles", async ({ place }) => {
    const { stdout, refusal } = await place.run("echo STARTED", WORKSPACE);
    expect(stdout).toBe("");
    expect(refusal).toMatch(/did not start/);
  });
});
