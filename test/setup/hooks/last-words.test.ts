// What a messenger may say.
import { expect, test } from "vitest";
import { areCodexsWords, NOT_REACHED } from "../../../src/setup/hooks/last-words.ts";

const WORDS = "Use a mutex.\n\n* `a.ts`: lock\n* 日本語";
const RESULT = JSON.stringify({ threadId: "01a2-b3", content: WORDS, sandbox: "read-only" });
const EMPTY = JSON.stringify({ threadId: "01a2-b3", content: "", sandbox: "read-only" });
const ERROR = "[USAGE_LIMIT] The limit is used up. Try again after 22:00.";

test.each([
  { what: "the words alone", message: WORDS, result: RESULT },
  { what: "the words and the thread", message: `${WORDS}\nthreadId: 01a2-b3`, result: RESULT },
  { what: "the thread, marked up", message: `${WORDS}\n\n**threadId:** \`01a2-b3\``, result: RESULT },
  { what: "the thread alone where Codex said nothing", message: "threadId: 01a2-b3", result: EMPTY },
  { what: "other white space", message: "Use a mutex. * `a.ts`: lock\n* 日本語 ", result: RESULT },
  { what: "the whole result", message: RESULT, result: RESULT },
  { what: "an error", message: ERROR, result: ERROR },
  { what: "a refused call", message: "No permission.", result: "<tool_use_error>No permission.</tool_use_error>" },
  { what: "that there is nothing", message: `${NOT_REACHED}\n`, result: undefined },
  { what: "a text that is JSON but no result", message: "42", result: "42" },
])("right: $what", ({ message, result }) => {
  expect(areCodexsWords(message, result)).toBe(true);
});

test.each([
  { what: "other words", message: "Use a queue.", result: RESULT },
  { what: "a part of the words", message: "Use a mutex.", result: RESULT },
  { what: "a judgement besides", message: `${WORDS}\nI agree.`, result: RESULT },
  {
    what: "words of Codex that turn the meaning",
    message: "The fix is safe. (The fix is not safe.) threadId: 01a2-b3",
    result: JSON.stringify({ threadId: "01a2-b3", content: "The fix is not safe." }),
  },
  { what: "the words twice", message: `${WORDS}\n${WORDS}`, result: RESULT },
  { what: "another thread", message: `${WORDS}\nthreadId: 01a2`, result: RESULT },
  { what: "another field", message: `${WORDS}\nread-only`, result: RESULT },
  { what: "the thread first", message: `threadId: 01a2-b3\n${WORDS}`, result: RESULT },
  { what: "an answer where Codex said nothing", message: "It is 42.", result: EMPTY },
  { what: "words of the result where Codex said nothing", message: "content", result: EMPTY },
  { what: "nothing where Codex said nothing", message: " ", result: EMPTY },
  { what: "words in front", message: `Codex says: ${WORDS}`, result: RESULT },
  { what: "an answer in place of an error", message: "It is 42.", result: ERROR },
  { what: "an answer though nothing came", message: "It is 42.", result: undefined },
  { what: "that nothing came, and an answer", message: `${NOT_REACHED} It is 42.`, result: undefined },
  { what: "that nothing came, though something did", message: NOT_REACHED, result: RESULT },
  { what: "nothing", message: "", result: RESULT },
])("wrong: $what", ({ message, result }) => {
  expect(areCodexsWords(message, result)).toBe(false);
});
