// Lines that no client should send: each is answered as JSON-RPC says, or passed over where it says so, and the next line is read.
import { describe, expect, test } from "vitest";
import { until } from "../support/lab.ts";
import { ERA, toEnvelope } from "../support/stdio-bridge.ts";
import { attack } from "./attack.ts";

type Id = string | number | null;
/** What a line is answered with: an id, and the code of an error or `result`. */
type Answer = readonly [id: Id, outcome: number | "result"];

const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;
const NOT_FOUND = -32_601;
const INVALID_PARAMS = -32_602;

const nest = (depth: number, open: string, close: string): string => `${open.repeat(depth)}1${close.repeat(depth)}`;
/** A request as text; in the new era its params get an envelope, where they can. */
const request = (id: string, method: string, rest = ""): string =>
  `{"jsonrpc":"2.0","id":${id},"method":${method}${ERA === "modern" ? addEnvelope(rest) : rest}}`;
const ping = (id: string, rest = ""): string => request(id, ERA === "modern" ? '"server/discover"' : '"ping"', rest);

function addEnvelope(rest: string): string {
  const members = JSON.stringify(toEnvelope()).slice(1, -1);
  if (!rest.includes('"params"')) return `${rest},"params":{"_meta":{${members}}}`;
  if (rest.includes('"_meta":{')) return rest.replace('"_meta":{', `"_meta":{${members},`);
  return rest.includes('"_meta"') ? rest : rest.replace('"params":{', `"params":{"_meta":{${members}},`);
}
const bytes = (...parts: (string | number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from(part))));

function cutAt(text: string, mark: string, between: number[]): (string | number[])[] {
  const at = text.indexOf(mark);
  return [text.slice(0, at), between, text.slice(at + mark.length)];
}

async function answerTo(line: string | Buffer, answers: readonly Answer[]): Promise<void> {
  await attack(async (it) => {
    it.write(line, ...answers.map(([id]) => id));
    it.write("\n");
    it.ask("next", "ping");
    await it.bridge.answer("next");
    for (const [id, outcome] of answers) {
      const read = () => it.answers(id).map(({ error }) => error?.code ?? "result");
      await until("it is answered", () => read().length > 0);
      expect(read()).toContain(outcome);
    }
  });
}

describe("malformed", () => {
  test.each<[string, string | Buffer]>([
    ["not JSON", "hello"],
    ["half JSON", '{"jsonrpc":"2.0","id":1,"meth'],
    ["JSON twice in a line", `${ping("1")}${ping("2")}`],
    ["a comment", `${ping("1")} // now`],
    ["NaN as id", ping("NaN")],
    ["single quotes", "{'jsonrpc':'2.0','id':1,'method':'ping'}"],
    ["a header of the LSP", "Content-Length: 45"],
    ["a NUL byte", `{"jsonrpc":"2.0",\u0000"id":1,"method":"ping"}`],
    ["a NUL byte in a text", `{"jsonrpc":"2.0","id":1,"method":"p\u0000ing"}`],
    ["a byte order mark", `\ufeff${ping("1")}`],
    ["UTF-16", Buffer.from(ping("1"), "utf16le")],
    ["an escape that is none", '{"jsonrpc":"2.0","id":1,"method":"\\x"}'],
    [
      "bytes of every value but the newline",
      Buffer.from(Array.from({ length: 256 }, (_, at) => at).filter((at) => at !== 10)),
    ],
    ["lists nested to 100,000 without an end", "[".repeat(100_000)],
  ])("%s", (_name, line) => answerTo(line, [[null, PARSE_ERROR]]));
});

describe("wrong envelopes", () => {
  test.each<[string, string, Id]>([
    ["no jsonrpc", '{"id":1,"method":"ping"}', 1],
    ["jsonrpc 1.0", '{"jsonrpc":"1.0","id":"a","method":"ping"}', "a"],
    ["jsonrpc a number", '{"jsonrpc":2.0,"id":1,"method":"ping"}', 1],
    ["jsonrpc in __proto__ only", '{"__proto__":{"jsonrpc":"2.0"},"id":1,"method":"ping"}', 1],
    ["id null", ping("null"), null],
    ["id an object", ping("{}"), null],
    ["id a list", ping("[1]"), null],
    ["id a float", ping("1.5"), null],
    ["id a truth value", ping("true"), null],
    ["id beyond what a number holds", ping("9007199254740993"), null],
    ["id 1e400", ping("1e400"), null],
    ["no method", '{"jsonrpc":"2.0","id":7}', 7],
    ["method a number", '{"jsonrpc":"2.0","id":7,"method":5}', 7],
    ["method null", '{"jsonrpc":"2.0","id":7,"method":null}', 7],
    ["params a list", ping("7", ',"params":[1]'), 7],
    ["params a text", ping("7", ',"params":"x"'), 7],
    ["params null", ping("7", ',"params":null'), 7],
    ["request and response in one", ping("7", ',"result":{}'), 7],
    ["an empty object", "{}", null],
    ["a number", "42", null],
    ["a text", '"ping"', null],
    ["null", "null", null],
    ["an empty batch", "[]", null],
    ["a batch", `[${ping("1")},${ping("2")}]`, null],
    ["a list nested to 100,000", nest(100_000, "[", "]"), null],
  ])("%s", (_name, line, id) => answerTo(line, [[id, INVALID_REQUEST]]));
});

describe("ids that are fine are given back as they came", () => {
  test.each<[string, string, Id]>([
    ["0", "0", 0],
    ["-1", "-1", -1],
    ["the largest safe integer", "9007199254740991", Number.MAX_SAFE_INTEGER],
    ["1.0", "1.0", 1],
    ["an empty text", '""', ""],
    ["a text of digits", '"1"', "1"],
    ["__proto__", '"__proto__"', "__proto__"],
    ["a text with NUL and half of a surrogate pair", '"\\u0000\\ud800"', "\0\ud800"],
    ["a text of 1 MB", `"${"i".repeat(1_000_000)}"`, "i".repeat(1_000_000)],
  ])("%s", (_name, json, id) => answerTo(ping(json), [[id, "result"]]));

  test("the same id in flight, twice: two answers", () =>
    answerTo(`${ping("5")}\n${ping("5")}`, [
      [5, "result"],
      [5, "result"],
    ]));

  test("two ids in one object: the last counts", () => answerTo(ping("1", ',"id":2'), [[2, "result"]]));
});

describe("lines that are fine, however odd", () => {
  test.each<[string, string | Buffer, Answer[]]>([
    ["blank lines and CRLF", `\n\r\n  \n\t\n${ping("1")}\r`, [[1, "result"]]],
    ["spaces all over", ` \t{ "jsonrpc" : "2.0" , "id" : 1 , "method" : "ping" } `, [[1, "result"]]],
    ["members that JSON-RPC does not know", ping("1", ',"trace":{"a":[1]},"__proto__":{"id":9}'), [[1, "result"]]],
    ["invalid UTF-8 in a method", bytes(...cutAt(request("1", '"#"'), "#", [0xff, 0xc0, 0x80])), [[1, NOT_FOUND]]],
    ["an escaped NUL and half of a surrogate pair in a method", request("1", '"\\u0000\\ud800"'), [[1, NOT_FOUND]]],
    ["a method of 1 MB", request("1", `"${"m".repeat(1_000_000)}"`), [[1, NOT_FOUND]]],
    ["params nested to 1,000", ping("1", `,"params":{"a":${nest(1_000, "[", "]")}}`), [[1, "result"]]],
    ["params nested to 100,000", ping("1", `,"params":{"a":${nest(100_000, "[", "]")}}`), [[1, "result"]]],
    ["params nested to 100,000 in objects", ping("1", `,"params":${nest(100_000, '{"a":', "}")}`), [[1, "result"]]],
    ["_meta nested to 100,000", ping("1", `,"params":{"_meta":{"a":${nest(100_000, "[", "]")}}}`), [[1, "result"]]],
    [
      "100,000 members in params",
      ping("1", `,"params":{${Array.from({ length: 100_000 }, (_, at) => `"k${at}":1`).join()}}`),
      [[1, "result"]],
    ],
    ["a stray result", '{"jsonrpc":"2.0","id":1,"result":{}}', []],
    ["a stray error", '{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x"}}', []],
    [
      "a stray response that is nested to 100,000",
      `{"jsonrpc":"2.0","id":1,"result":{"a":${nest(100_000, "[", "]")}}}`,
      [],
    ],
    ["a notification that nobody knows", '{"jsonrpc":"2.0","method":"x/y"}', []],
    [
      "a notification that is nested to 100,000",
      `{"jsonrpc":"2.0","method":"x","params":{"a":${nest(100_000, "[", "]")}}}`,
      [],
    ],
    [
      "progress for nobody",
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}}',
      [],
    ],
    ["a request as notification", '{"jsonrpc":"2.0","method":"tools/list"}', []],
    ["_meta that cannot be read", ping("1", ',"params":{"_meta":"x"}'), [[1, INVALID_PARAMS]]],
    [
      "a progress token that is an object",
      ping("1", ',"params":{"_meta":{"progressToken":{}}}'),
      [[1, INVALID_PARAMS]],
    ],
  ])("%s", (_name, line, answers) => answerTo(line, answers));
});

describe("long lines", () => {
  const call = (size: number): string => {
    const params = { name: "codex", arguments: { prompt: "x".repeat(size) } };
    return request("1", '"tools/call"', `,"params":${JSON.stringify(params)}`);
  };

  test.each([
    ["9 MB", 9_000_000],
    ["20 MB", 20_000_000],
  ])("an argument of %s is refused by name", (_name, size) =>
    attack(async (it) => {
      it.write(`${call(size)}\n`, 1);
      expect(JSON.stringify(await it.bridge.answer(1))).toContain("[INVALID_ARGUMENT] `prompt` is longer than");
      expect(it.countTurns()).toBe(0);
    }),
  );

  test("a line of 40 MB is answered and skipped", () => answerTo(call(40_000_000), [[null, INVALID_REQUEST]]));

  test("a line of 40 MB without an end holds nothing but itself up", () =>
    attack((it) => {
      it.ask("before", "ping");
      for (let at = 0; at < 40; at += 1) it.write(Buffer.alloc(1_000_000, "x"));
      it.write("\n", null);
    }));

  test("a line of 5 MB in pieces of any size", () =>
    attack(async (it) => {
      const line = Buffer.from(`${ping('"in pieces"', `,"params":{"a":"${"日本🎉".repeat(500_000)}"}`)}\n`);
      for (let at = 0, size = 1; at < line.length; at += size, size = (size * 7) % 65_537) {
        it.write(line.subarray(at, at + size));
      }
      it.write("", "in pieces");
    }));
});
