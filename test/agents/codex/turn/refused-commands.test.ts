// What the rollouts of several CLIs say of commands, in their own forms.
import { expect, test } from "vitest";
import { readCommands } from "../../../../src/agents/codex/rollouts/rollout-commands.ts";
import { findRefused, toComparable } from "../../../../src/agents/codex/turn/refused-commands.ts";
import { measureCpuMs } from "../../../support/cpu-time.ts";

let id = 0;
const toLines = (name: string, args: object, output: string): string => {
  id += 1;
  const call = { type: "function_call", name, call_id: `call_${id}`, arguments: JSON.stringify(args) };
  const answer = { type: "function_call_output", call_id: `call_${id}`, output };
  return [call, answer].map((payload) => `${JSON.stringify({ type: "response_item", payload })}\n`).join("");
};
const unified = (cmd: string, exitCode: number, output: string): string =>
  toLines(
    "exec_command",
    { cmd },
    `Chunk ID: 1\nWall time: 0.0 seconds\nProcess exited with code ${exitCode}\nOriginal token count: 3\nOutput:\n${output}`,
  );
const READ_ONLY = "touch: cannot touch 'f': Read-only file system\n";

test.each([
  ["0.142 to 0.169", unified("touch f", 1, READ_ONLY), 1, READ_ONLY],
  [
    "0.120, refused",
    toLines(
      "exec_command",
      { cmd: "touch f" },
      'exec_command failed for `/bin/bash -lc \'touch f\'`: CreateProcess { message: "Codex(Sandbox(Denied { output: ExecToolCallOutput { exit_code: 1, stdout: StreamOutput { text: \\"\\", t: None }, stderr: StreamOutput { text: \\"touch: cannot touch\\"',
    ),
    1,
    undefined,
  ],
  [
    "0.50",
    toLines("shell", { command: ["bash", "-lc", "touch f"] }, "failed in sandbox: Permission denied"),
    undefined,
    undefined,
  ],
  [
    "still running",
    toLines("exec_command", { cmd: "touch f" }, "Process running with session ID 7"),
    undefined,
    undefined,
  ],
])("%s", (_version, rollout, exitCode, output) => {
  expect(readCommands(rollout)).toMatchObject([
    { command: "touch f", exitCode, ...(output === undefined ? {} : { output }) },
  ]);
});

test("what the sandbox refused is told by its output, with an event or without; each event stands for one command", () => {
  const rollout = unified("touch f", 1, READ_ONLY) + unified("touch f", 1, READ_ONLY) + unified("ls 'a b'", 0, "");
  const seen = [`/bin/bash -lc 'touch f'`].map(toComparable);
  expect(findRefused(readCommands(rollout), seen)).toMatchObject({ refused: ["touch f", "touch f"], silent: 1 });
  expect(findRefused(readCommands(rollout), [...seen, ...seen])).toMatchObject({ silent: 0, unstarted: 0 });
});

test.each([
  ["npm test", "not ok 3 - server answers: Permission denied\n"],
  ["./a.txt", "/bin/bash: line 1: ./a.txt: Permission denied\n"],
  ["git fetch", "git@example.org: Permission denied (publickey).\n"],
])("%s failed by itself: a command without an event, and none that was refused", (command, output) => {
  expect(findRefused(readCommands(unified(command, 1, output)), [])).toMatchObject({ refused: [], silent: 1 });
});

test.each([
  "bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted\n",
  "error building bubblewrap command: Fatal error: cannot enforce sandbox read-only path /p/.git because it crosses writable symlink /p/.git\n",
  "\nthread 'main' (7) panicked at linux-sandbox/src/linux_run_main.rs:976:17:\nfailed to resolve synthetic mount registry temp directory /t\n",
])("a sandbox that did not start is told from one that refused: %s", (output) => {
  expect(findRefused(readCommands(unified("ls", 1, output)), [])).toMatchObject({ refused: ["ls"], unstarted: 1 });
});

test("quotes of the shell make no difference", () => {
  const command = `printf '%s' "it's" | grep -c \\"x\\"`;
  const rollout = unified(command, 1, "");
  const event = `/bin/bash -lc "printf '%s' \\"it's\\" | grep -c \\\\\\"x\\\\\\""`;
  expect(findRefused(readCommands(rollout), [toComparable(event)]).refused).toEqual([]);
});

test("git's own folders are named where a command found one read-only, and no path that was only printed", () => {
  const lock = (folder: string): string => `fatal: Unable to create '${folder}/index.lock': Read-only file system\n`;
  const own = ["/p/r/.git", "/p/r/.git/worktrees/w"];
  const find = (exitCode: number, output: string) =>
    findRefused(readCommands(unified("git add -A", exitCode, output)), [], () => own).gitFolders;
  expect(find(128, lock("/p/r/.git/worktrees/w"))).toEqual(own);
  expect(find(128, lock("/victim/.git"))).toEqual([]);
  expect(find(0, lock("/p/r/.git"))).toEqual(own);
});

test("a long line of paths costs nothing", () => {
  const output = `${"/.git".repeat(200_000)}: Read-only file system`;
  const spentMs = measureCpuMs(() => {
    expect(findRefused(readCommands(unified("cat x", 1, output)), [], () => ["/p/.git"]).gitFolders).toEqual([]);
  });
  expect(spentMs).toBeLessThan(5_000);
});
