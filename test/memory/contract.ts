// What every engine of the shared memory promises. An engine's own suite calls `describeMemory`.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { MemoryArea, MemoryDraft, MemoryStore } from "../../src/memory/memory-store.ts";

/** An empty store that several bridges share. */
export interface MemoryStage {
  /** A bridge's access to it; what one has stored, the others see. */
  open(): MemoryStore;
  /** Epoch ms that the next entries get. */
  setTime(at: number): void;
  close(): Promise<void>;
}

const HERE: MemoryArea = { scope: "project", project: "/work/heron" };
const THERE: MemoryArea = { scope: "project", project: "/work/tern" };
const USER: MemoryArea = { scope: "user" };

/** A draft, with a few words of its own. */
export function toDraft(text: string, more: Partial<MemoryDraft> = {}): MemoryDraft {
  return { area: HERE, kind: "note", agent: "claude", title: text.slice(0, 40), text, tags: [], files: [], ...more };
}

/** The suite. */
export function describeMemory(engine: string, createStage: () => Promise<MemoryStage>): void {
  describe(`shared memory in ${engine}`, () => {
    let stage: MemoryStage;
    let memory: MemoryStore;
    beforeEach(async () => {
      stage = await createStage();
      memory = stage.open();
    });
    afterEach(() => stage.close());

    const find = async (query: string, filter = {}): Promise<string[]> =>
      (await memory.search({ queries: [query], filter, limit: 10 })).hits.map(({ entry }) => entry.text);

    test("an entry comes back as it was stored", async () => {
      const draft = toDraft("Grüße 日本語 🦩 'quoted' \"twice\" -- ; DROP TABLE entries;\n\tline two", {
        sessionId: "SESSION-20261127-ABCDEFGH-x",
        kind: "plan",
        status: "AWAITING_CODEX_REVIEW",
        tags: ["rate limit", "größe"],
        files: ["src/a b.ts", "docs/%_.md"],
      });
      const entry = await memory.store(draft);
      expect(entry).toMatchObject({ ...draft, version: 1 });
      expect(await memory.read([entry.id])).toEqual([entry]);
      expect(await stage.open().read(["no-such-id", entry.id])).toEqual([entry]);
      const plain = await memory.store(toDraft("no session"));
      expect((await memory.read([plain.id, entry.id])).map(({ id }) => id)).toEqual([plain.id, entry.id]);
      expect(plain).not.toHaveProperty("sessionId");
      expect(plain).not.toHaveProperty("status");
    });

    test("what one bridge stores, another finds at its next call", async () => {
      const other = stage.open();
      for (let round = 0; round < 20; round += 1) {
        const { id } = await memory.store(toDraft(`The cormorant ${round} dives.`));
        const { hits } = await other.search({ queries: [`cormorant ${round}`], filter: {}, limit: 20 });
        expect(hits.map(({ entry }) => entry.id)).toContain(id);
        expect(await other.list({}, 1)).toMatchObject([{ id }]);
      }
    });

    test("versions count within area, session and kind, and nothing is replaced", async () => {
      const put = (more: Partial<MemoryDraft>) =>
        memory.store(toDraft("x", { sessionId: "s", kind: "plan", ...more })).then(({ version }) => version);
      expect(await put({})).toBe(1);
      expect(await put({})).toBe(2);
      expect(await put({ kind: "review" })).toBe(1);
      expect(await put({ sessionId: "S" })).toBe(1);
      expect(await put({ area: THERE })).toBe(1);
      expect(await put({ area: USER })).toBe(1);
      expect(await put({ sessionId: undefined })).toBe(1);
      expect(await put({ sessionId: undefined })).toBe(1);
      expect(await put({})).toBe(3);
      expect(await memory.list({}, 100)).toHaveLength(9);
      const latest = await memory.list({ areas: [HERE], sessionId: "s", latest: true }, 100);
      expect(latest.map(({ kind, version }) => [kind, version])).toEqual([
        ["plan", 3],
        ["review", 1],
      ]);
      // Without a session nothing follows anything.
      expect(await memory.list({ areas: [HERE], latest: true }, 100)).toHaveLength(5);
    });

    test("of two steps that follow the same one, one is stored", async () => {
      const step = (text: string, status?: string) =>
        toDraft(text, { sessionId: "s", ...(status === undefined ? {} : { status }) });
      const first = await memory.store(step("first", "OPEN"));
      // What has no status, and what is elsewhere, does not count.
      await memory.store(step("note"));
      await memory.store({ ...step("there", "X"), area: THERE });
      const taken = await Promise.allSettled(
        ["a", "b", "c"].map((text) => stage.open().store(step(text, "NEXT"), first.id)),
      );
      expect(taken.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const one of taken.filter(({ status }) => status === "rejected")) {
        expect(one).toMatchObject({
          reason: { code: "STEP_OUT_OF_ORDER", message: expect.stringContaining("s went on") },
        });
      }
      await expect(memory.store(step("d", "LATE"), "m-none")).rejects.toMatchObject({ code: "STEP_OUT_OF_ORDER" });
      const [last] = await memory.list({ sessionId: "s", areas: [HERE] }, 1);
      expect(last).toMatchObject({ status: "NEXT" });
      expect(await memory.store(step("e", "DONE"), last?.id)).toMatchObject({ text: "e" });
    });

    test("two bridges that store the same kind at once get two versions", async () => {
      const other = stage.open();
      const stored = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 === 0 ? memory : other).store(toDraft("x", { sessionId: "s", kind: "review" })),
        ),
      );
      const versions = stored.map(({ version }) => version).sort((one, next) => one - next);
      expect(versions).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    });

    test("a version decides what is the latest, not a clock that was set back", async () => {
      stage.setTime(2_000_000_000_000);
      await memory.store(toDraft("first", { sessionId: "s", kind: "plan" }));
      stage.setTime(1_000_000_000_000);
      await memory.store(toDraft("second", { sessionId: "s", kind: "plan" }));
      expect((await memory.list({ latest: true }, 10)).map(({ text }) => text)).toEqual(["second"]);
      expect((await memory.list({}, 10)).map(({ text }) => text)).toEqual(["second", "first"]);
    });

    test("each filter leaves out what does not fit", async () => {
      const draft = { sessionId: "s", kind: "review", agent: "codex", status: "DONE" } as const;
      const lists = { tags: ["alpha", "beta"], files: ["src/net/retry.ts"] };
      await memory.store(toDraft("pelican wanted", { ...draft, ...lists }));
      await memory.store(toDraft("pelican other", { area: THERE }));
      await memory.store(toDraft("pelican mine", { area: USER, tags: ["alpha"] }));
      const wanted = [
        { areas: [HERE] },
        { sessionId: "s" },
        { kind: "review" },
        { agent: "codex" },
        { status: "DONE" },
        { tags: ["beta", "alpha"] },
        { files: ["src/net/retry.ts"] },
        { files: ["retry.ts", "nothing"] },
        { files: ["src/net"] },
      ] as const;
      for (const filter of wanted)
        expect(await find("pelican", filter), JSON.stringify(filter)).toEqual(["pelican wanted"]);
      for (const filter of [
        { files: ["try.ts"] },
        { files: ["src/ne"] },
        { tags: ["alph"] },
        { sessionId: "S" },
        { areas: [] },
      ]) {
        expect(await find("pelican", filter), JSON.stringify(filter)).toEqual([]);
      }
      expect((await find("pelican", { areas: [HERE, USER] })).sort()).toEqual(["pelican mine", "pelican wanted"]);
      expect((await find("pelican", { tags: ["alpha"] })).sort()).toEqual(["pelican mine", "pelican wanted"]);
      expect(await find("pelican", { before: 1 })).toEqual([]);
    });

    test("a question is words, whatever else stands in it", async () => {
      await memory.store(toDraft("The kittiwake nests on cliffs."));
      const hostile = [
        'kittiwake"',
        "kittiwake' OR 1=1 --",
        "kittiwake AND (",
        "kittiwake NEAR/2 -cliffs*",
        "text:kittiwake ^",
        'title : "kittiwake',
        "kittiwake %_\\ ; DROP TABLE entries",
        "kittiwake\0\u0001",
        "kittiwake \u{1f9a9} {}[]<>|&",
      ];
      for (const query of hostile) expect(await find(query), query).toEqual(["The kittiwake nests on cliffs."]);
      for (const query of ["", " ", '"', "-", "*", "()", "\0", "'; --"]) {
        const found = await memory.search({ queries: [query], filter: {}, limit: 5 });
        expect(found, JSON.stringify(query)).toMatchObject({ isWeak: true });
      }
    });

    test("a word at the end of a long text is found, and so is one that is stemmed", async () => {
      const text = `${"The heron waits. ".repeat(12_000)}The last line is about happy zebras.`;
      await memory.store(toDraft(text));
      await memory.store(toDraft("Terns fish at dawn."));
      for (const query of ["zebra", "happiness of the zebra", "zebras"]) {
        const { hits, isWeak } = await memory.search({ queries: [query], filter: {}, limit: 10 });
        expect(hits.map(({ entry }) => entry.text === text)).toEqual([true]);
        expect(isWeak).toBe(false);
      }
    });

    test("a session whose id stands in the text alone, as skills for other memories write it, comes first", async () => {
      const ids = ["AAAA1111", "BBBB2222", "CCCC3333"].map((code) => `SESSION-20260317-${code}`);
      for (const id of ids) await memory.store(toDraft(`[${id}] CLAUDE PLAN: a limit\nStatus: AWAITING_CODEX_REVIEW`));
      for (const id of [...ids, ids[0] ?? ""]) {
        const { hits, isWeak } = await memory.search({ queries: [`the plan of ${id}`], filter: {}, limit: 10 });
        expect(hits[0]?.entry.text).toContain(id);
        expect(isWeak).toBe(false);
      }
      const other = await memory.search({ queries: ["plan of SESSION-20260317-DDDD4444"], filter: {}, limit: 10 });
      expect(other.isWeak).toBe(true);
    });

    test("what nothing answers is said to be weak", async () => {
      await memory.store(toDraft("The kittiwake nests on cliffs."));
      const { hits, isWeak } = await memory.search({ queries: ["quantum chromodynamics"], filter: {}, limit: 5 });
      expect({ isWeak, count: hits.length }).toEqual({ isWeak: true, count: 0 });
    });

    test("what no entry of the area searched has is said, and a word within another is one that it has", async () => {
      await memory.store(toDraft("The zebra grazes.", { area: THERE }));
      await memory.store(toDraft("Der Drucker druckt leerzeilen zwischen allen Absätzen."));
      const ask = async (query: string, area = HERE) =>
        (await memory.search({ queries: [query], filter: { areas: [area] }, limit: 5 })).unknown;
      expect(await ask("zebra giraffe")).toEqual({ words: ["zebra", "giraffe"], sessions: [] });
      expect((await ask("zeilen okapi quagga giraffe kudu")).words).toEqual(["okapi", "quagga", "giraffe", "kudu"]);
      const id = "SESSION-20260317-DDDD4444";
      expect(await ask(`okapi of ${id}`)).toEqual({ words: ["okapi"], sessions: [id] });
    });

    test("what a person has edited comes before what it was, and is named there, whatever the clock says", async () => {
      const older = { ...toDraft("A page shows at most 100 rows."), id: "m-old", version: 1, at: 9 };
      const why = "since the server was replaced by the larger one in the cellar, which has room for far more of them";
      const edits = ["111111111111", "222222222222"].map((print) => ({
        ...toDraft(`A page shows at most 250 rows ${why}. Edit ${print}.`),
        id: `${older.id}-${print}`,
        version: 1,
        at: 5,
      }));
      const [first, last] = edits;
      for (const entry of [older, ...edits]) await memory.adopt(entry);
      await memory.adopt({ ...older, area: THERE, id: `${older.id}-333333333333` });
      for (const query of ["page rows", "how many rows at most", "100 rows"]) {
        const { hits } = await memory.search({ queries: [query], filter: { areas: [HERE] }, limit: 5 });
        expect(hits.map(({ entry, newer }) => [entry.id, newer])).toEqual([
          [last?.id, undefined],
          [first?.id, undefined],
          [older.id, last?.id],
        ]);
      }
    });

    test("an entry of another store keeps its id and its version, once", async () => {
      const entry = { ...toDraft("x", { sessionId: "s", kind: "plan" as const }), id: "m-other", version: 4, at: 5 };
      expect(await memory.adopt(entry)).toEqual(entry);
      expect(await memory.adopt(entry)).toBeUndefined();
      // Somebody else's fourth version is the fifth here.
      expect(await memory.adopt({ ...entry, id: "m-third" })).toMatchObject({ id: "m-third", version: 5, at: 5 });
      expect(await memory.store(toDraft("y", { sessionId: "s", kind: "plan" }))).toMatchObject({ version: 6 });
    });

    test("what is removed is found nowhere, and its version is not given again while a later one stands", async () => {
      const first = await memory.store(toDraft("razorbill", { sessionId: "s", kind: "plan" }));
      await memory.store(toDraft("guillemot", { sessionId: "s", kind: "plan" }));
      expect(await memory.remove([first.id, first.id, "no-such-id"])).toBe(1);
      expect(await find("razorbill")).toEqual([]);
      expect(await find("guillemot")).toEqual(["guillemot"]);
      expect(await memory.read([first.id])).toEqual([]);
      expect(await memory.store(toDraft("auk", { sessionId: "s", kind: "plan" }))).toMatchObject({ version: 3 });
    });

    test("a wait for a status ends when another bridge stores it", async () => {
      const wait = { area: HERE, sessionId: "s", status: "READY", ms: 20_000 };
      await memory.store(toDraft("x", { sessionId: "s", status: "OPEN" }));
      const waiting = memory.waitForStatus(wait);
      const other = stage.open();
      await other.store(toDraft("elsewhere", { sessionId: "s", status: "READY", area: THERE }));
      const { id } = await other.store(toDraft("here", { sessionId: "s", status: "READY" }));
      expect(await waiting).toMatchObject({ id });
      expect(await memory.waitForStatus({ ...wait, ms: 0 })).toMatchObject({ id });
      expect(await memory.waitForStatus({ ...wait, status: "NEVER", ms: 20 })).toBeUndefined();
      const stop = AbortSignal.timeout(20);
      expect(await memory.waitForStatus({ ...wait, status: "NEVER", signal: stop })).toBeUndefined();
    });

    test("closing ends a wait, and a later call opens the store again", async () => {
      const { id } = await memory.store(toDraft("x"));
      const waiting = memory.waitForStatus({ area: HERE, sessionId: "s", status: "NEVER", ms: 20_000 });
      await memory.close();
      expect(await waiting).toBeUndefined();
      await memory.close();
      expect(await memory.read([id])).toHaveLength(1);
    });
  });
}
