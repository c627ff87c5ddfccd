// Whether the app server of the CLI under test still speaks as the bridge understands it, by the schema that it writes itself. A failure names
// what drifted: change the readers in src/agents/codex-app-server, then the table in app-server-uses.ts.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { NATIVE_CODEX } from "../support/lab.ts";
import { follow, generateSchema, listMembers, type Place } from "../support/protocol-schema.ts";
import { KNOWN_QUESTIONS, USED_ENUMS, USED_METHODS, type UsedEnum, type UsedMethod } from "./app-server-uses.ts";

const VERSION =
  /\d+\.\d+\.\d+/.exec(execFileSync(NATIVE_CODEX, ["--version"], { encoding: "utf8", env: {} }))?.[0] ?? "";
const HAS_APP_SERVER = isAtLeast("0.120.0");

function isAtLeast(version: string): boolean {
  return VERSION.localeCompare(version, undefined, { numeric: true }) >= 0;
}

/** The word without its versions, and whether this CLI should have it. */
function parseWord(word: string): { name: string; isExpected: boolean } {
  const [name = "", range] = word.split("@");
  if (range === undefined) return { name, isExpected: true };
  const until = /^\.\.(.*)$/.exec(range)?.[1];
  return { name, isExpected: until === undefined ? isAtLeast(range) : !isAtLeast(until) || VERSION === until };
}

const expectedOf = (words: readonly string[]): string[] =>
  words.map(parseWord).flatMap(({ name, isExpected }) => (isExpected ? [name] : []));

test("every method that the source names is in the table", () => {
  const folder = join(import.meta.dirname, "../../src/agents");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const named = files.flatMap((name) =>
    [...readFileSync(join(folder, name), "utf8").matchAll(METHOD)].map(([, method]) => method),
  );
  const known = new Set(USED_METHODS.map(({ method }) => parseWord(method).name));
  expect([...new Set(named)].filter((method) => method !== undefined && !known.has(method))).toEqual([]);
});

const METHOD =
  /"((?:thread|turn|item|account|model|modelProvider|hooks|mcpServer|mcpServerStatus|serverRequest)\/[A-Za-z/]+)"/g;

describe.skipIf(!HAS_APP_SERVER)(`the protocol of ${VERSION}`, () => {
  const schema = HAS_APP_SERVER ? generateSchema(NATIVE_CODEX) : undefined;

  const listMissing = (place: Place, what: string, fields: readonly string[]): string[] =>
    expectedOf(fields)
      .filter((path) => follow(place, path).length === 0)
      .map((path) => `${what}: the field ${path} is gone`);

  function findDrift({ list, method: word, params = [], answer }: UsedMethod): string[] {
    const { name, isExpected } = parseWord(word);
    if (!isExpected) return [];
    const place = schema?.findParams(list, name);
    if (place === undefined) return [`${list}: the method ${name} is gone`];
    const drift = listMissing(place, name, params);
    if (answer === undefined) return drift;
    const type = schema?.findType(answer.type);
    return type === undefined
      ? [...drift, `${name}: its answer ${answer.type} is gone`]
      : [...drift, ...listMissing(type, `${name}, its answer`, answer.fields)];
  }

  function findEnumDrift({ name, at, path, members, isClosed }: UsedEnum): string[] {
    const place = "type" in at ? schema?.findType(at.type) : schema?.findParams(at.list, at.method);
    const found = place === undefined ? [] : listMembers(follow(place, path));
    const known = new Set(members.map((member) => parseWord(member).name));
    const gone = expectedOf(members).filter((member) => !found.includes(member));
    const added = isClosed ? found.filter((member) => !known.has(member)) : [];
    return [
      ...gone.map((member) => `${name}: ${member} is gone`),
      ...added.map((member) => `${name}: ${member} is new, and the bridge does not know it`),
    ];
  }

  test("has every method and field that the bridge uses", () => {
    expect(USED_METHODS.flatMap(findDrift)).toEqual([]);
  });

  test("has the members of the enums that the bridge tells apart, and no others", () => {
    expect(USED_ENUMS.flatMap(findEnumDrift)).toEqual([]);
  });

  test("asks nothing that the bridge does not know", () => {
    const known = KNOWN_QUESTIONS.map((word) => parseWord(word).name);
    expect(schema?.listMethods("ServerRequest").filter((method) => !known.includes(method))).toEqual([]);
    expect(
      expectedOf(KNOWN_QUESTIONS).filter((method) => !schema?.listMethods("ServerRequest").includes(method)),
    ).toEqual([]);
  });

  test("says by name what drifted", () => {
    const used: UsedMethod = {
      list: "ServerNotification",
      method: "turn/started",
      params: ["turn.id", "turn.hologram"],
    };
    expect(findDrift(used)).toEqual(["turn/started: the field turn.hologram is gone"]);
    expect(findDrift({ ...used, method: "turn/vanished" })).toEqual([
      "ServerNotification: the method turn/vanished is gone",
    ]);
    const at = { list: "ServerNotification", method: "turn/completed" } as const;
    expect(
      findEnumDrift({ name: "status", at, path: "turn.status", members: ["completed", "paused"], isClosed: true }),
    ).toEqual([
      ...["status: paused is gone"],
      ...["interrupted", "failed", "inProgress"].map(
        (member) => `status: ${member} is new, and the bridge does not know it`,
      ),
    ]);
  });
});
