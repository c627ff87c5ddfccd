// What is taken for the request of a prompt, and what is left out as pasted, quoted or only named.
import { expect, test } from "vitest";
import { takeRequest } from "../../src/routing/request-text.ts";
import { NAME } from "../../src/routing/words.ts";

const read = (prompt: string) => takeRequest(prompt).text.replaceAll(NAME, "@").replace(/\s+/g, " ").trim();

test.each<[string, string, string]>([
  ["inline code", "`mix test` hangs", "@ hangs"],
  ["double quotes", 'change "debug it" to "run it"', "change @ to @"],
  ["single quotes", "move 'Run it' behind 'Fix it', please", "move @ behind @ , please"],
  ["an apostrophe is no quote", "don't run it, it's the users' file", "don't run it, it's the users' file"],
  ["quotes of other languages", "„starte es“ «lance» “run” 「実行」", "@ @ @ @"],
  ["a quote over two lines", 'They wrote:\n"please fix it\nand run it"\nanswer them', "They wrote: @ answer them"],
  ["paths and files", "fix src/run/debug.ts and (build.mjs), then ~/run", "fix @ and ( @ ), then @"],
  ["identifiers", "run_all(), Plan.review, a::b and no-slow-loop", "@ , @ , @ and @"],
  ["options, variables, channels", "use --debug, -O3, $RUN and #fix-it", "use @ , @ , @ and @"],
  ["words with signs stay", "I/O is slow, e.g. multi-file and C++", "I/O is slow, e.g. multi-file and C++"],
  ["an agent that is addressed", "@codex fix it", "@codex fix it"],
  ["names inside a text without spaces", "修复src/app.ts里的错误", "修复 @ 里的错误"],
])("names and quotes: %s", (_name, prompt, request) => {
  expect(read(prompt)).toBe(request);
});

test.each<[string, string, string]>([
  ["fenced code", "look:\n```js\nrun(debug)\n```\nwhat is it?", "look: @ what is it?"],
  ["a fence that nobody closed", "```\nfix it", "``` fix it"],
  ["a fence that was left open before another one", "```\nrun()\n\nfix it\n```js\ndebug()\n```", "``` @ fix it @"],
  ["inline code with three backticks", "```npm test``` fails, fix it\n\n```\nrun()\n```", "`` @ `` fails, fix it @"],
  ["a fence that ends behind its code", "```js\nrun(debug);```\nwhat is it?", "@ what is it?"],
  ["a fence with the request on its last line", "```\nrun()\n``` what is it?", "@ what is it?"],
  ["a longer fence around a shorter one", "````md\n```\nrun\n```\n````\nwhat is it?", "@ what is it?"],
  ["a fence of another sign within", "~~~\n```js\nrun()\n~~~\nwhat is it?", "@ what is it?"],
  ["a fence in a list", "1. look:\n   ```\n   run()\n   ```\n2. what is it?", "1. look: @ 2. what is it?"],
  ["fences with the line ends of Windows", "look:\r\n```js\r\nrun(debug)\r\n```\r\nwhat is it?", "look: @ what is it?"],
  [
    "a Java trace",
    "app crashes, fix it:\n\njava.lang.Error: run\n\tat a.b.C.run(C.java:1)\n\tat a.D.debug(D.java:2)",
    "app crashes, fix it:",
  ],
  [
    "a Python trace",
    'Traceback (most recent call last):\n  File "/a.py", line 8\n    debug()\nKeyError: 1\n\nwhy',
    "why",
  ],
  ["a Rust error", "error[E0502]: cannot run\n  --> src/a.rs:1:2\n   |\n61 | let lead = run;\n\nsort it", "sort it"],
  ["a log", "WARN  slow task\n2026-01-02T03:04:05 build failed\n10:02 run it\n\nis that normal?", "is that normal?"],
  ["a terminal", "$ make test\nmake: *** [all] Error 1\n\nfix", "fix"],
  ["quoted mail", "> please optimize\n> and run\n\nis he right?", "is he right?"],
  [
    "paragraphs between two logs",
    "[error] run\n\nClient is alive to debug\n\n    (a 1.0) gen.erl:1: fix\n\nwhy?",
    "why?",
  ],
  ["a request right behind its log", "a.c:41:9: error: debug\nfix it", "fix it"],
  ["a request right before its log", "please resolve:\nERROR: run failed", "please resolve:"],
  [
    "a short prompt that looks like a log",
    "TypeError: x is undefined in the cart, fix it",
    "TypeError: x is undefined in the cart, fix it",
  ],
  ["a list is no log", "- run: a\n- fix [b](c) {d};", "- run: a - fix [b](c) {d};"],
  ["code without a fence", "const a = run();\nif (a) { debug(); }\n\nwhat is a?", "what is a?"],
  ["markup", "<error>\n  <code>run</code>\n</error>\n\nwhat is it?", "what is it?"],
])("pasted lines: %s", (_name, prompt, request) => {
  expect(read(prompt)).toBe(request);
});

test.each(["/review", "/codex:review fix it", "  /fix-issue 4", "<task-notification>\nfix it</task-notification>"])(
  "a command or notice asks for nothing: %s",
  (prompt) => {
    expect(takeRequest(prompt)).toEqual({ text: "", names: [] });
  },
);

test("a path at the beginning is no command", () => {
  expect(read("/var/log/app fills up, fix it")).toBe("@ fills up, fix it");
});

test("of a long prompt the beginning and the end are read", () => {
  const log = "2026-01-02T03:04:05 INFO run it\n".repeat(40_000);
  expect(read(`fix this:\n\n${log}`)).toBe("fix this:");
  expect(read(`${log}\n\nwhat is this?`)).toBe("what is this?");
});
