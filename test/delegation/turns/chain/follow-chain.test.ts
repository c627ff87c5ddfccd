// A turn in a chain of agents: what its link says, what is counted, and what is refused.
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, describe, expect } from "vitest";
import type { CallContext } from "../../../../src/delegation/requests.ts";
import type { ChainBudget } from "../../../../src/delegation/turns/chain/count-turn.ts";
import { followChain } from "../../../../src/delegation/turns/chain/follow-chain.ts";
import type { Depth } from "../../../../src/delegation/turns/depth.ts";
import type { Turn } from "../../../../src/delegation/turns/turn-steps.ts";
import type { ChainLink } from "../../../../src/domain/chain.ts";
import { SILENT_LOGGER } from "../../../../src/domain/logger.ts";
import type { TurnOutcome } from "../../../../src/domain/turn.ts";
import { createChainFiles } from "../../../../src/state/chain-files.ts";

const NOW = 1_800_000_000_000;
const NO_BUDGET: ChainBudget = { calls: undefined, tokens: undefined };
const LINK: ChainLink = {
  id: "ch-chain00001",
  depth: 1,
  hops: [{ agent: "claude" }, { agent: "codex", thread: "t1", prompt: "aaaa" }],
  deadline: NOW + 60_000,
  hasBudget: false,
};

interface Scene {
  readonly place?: Partial<Depth>;
  readonly budget?: Partial<ChainBudget>;
  readonly call?: Partial<CallContext>;
  readonly thread?: Partial<Turn["thread"]>;
  readonly agent?: string;
  readonly tokens?: number;
  readonly deadlineMs?: number;
  readonly outcome?: Partial<TurnOutcome>;
  /** What happens while it runs. */
  readonly work?: (turn: Turn) => Promise<unknown>;
  readonly clock?: () => number;
}

const test = base.extend<{
  stateDir: string;
  run: (scene: Scene, prompt?: string) => Promise<{ turn: Turn; outcome: TurnOutcome }>;
}>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants a pattern.
  stateDir: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), "chain-"));
    await use(folder);
    rmSync(folder, { recursive: true });
  },
  run: async ({ stateDir }, use) => {
    const locks = { whileFree: (_key: string, act: () => void) => act() };
    const files = createChainFiles(stateDir, locks);
    let ids = 0;
    await use(
      async (
        { place, budget, call, thread, agent = "codex", tokens = 0, deadlineMs = 600_000, outcome, ...scene },
        prompt = "p",
      ) => {
        let seen: Turn | undefined;
        const step = followChain({
          agent,
          files,
          budget: { ...NO_BUDGET, ...budget },
          newId: () => `ch-new${++ids}0000000`,
          readDepth: () => ({ depth: place?.link?.depth ?? 0, maxDepth: 9, chain: [], ...place }),
          clock: scene.clock ?? (() => NOW),
          logger: SILENT_LOGGER,
        });
        const usage = { inputTokens: tokens, cachedInputTokens: 0, outputTokens: 1, reasoningOutputTokens: 0 };
        const ended = await step(async (turn) => {
          seen = turn;
          await scene.work?.(turn);
          return { kind: "completed", report: { usage, warnings: [] }, ...outcome } as unknown as TurnOutcome;
        })({ request: { prompt, deadlineMs }, thread: { ...thread }, call: { ...call } } as unknown as Turn);
        if (seen === undefined) throw new Error("the turn did not run");
        return { turn: seen, outcome: ended };
      },
    );
  },
});

const readChain = (stateDir: string, id = LINK.id) =>
  JSON.parse(readFileSync(join(stateDir, "chains", `${id}.json`), "utf8")) as Record<string, unknown>;

describe("at the beginning of a chain", () => {
  test("a turn gets a link, and nothing is written", async ({ run, stateDir }) => {
    const { turn } = await run({});
    expect(turn.request.chain).toEqual({
      id: "ch-new10000000",
      depth: 1,
      hops: [
        { agent: "claude", thread: undefined },
        { agent: "codex", thread: undefined, prompt: expect.stringMatching(/^[0-9a-f]{16}$/) },
      ],
      deadline: NOW + 600_000,
      hasBudget: false,
    });
    expect(turn.thread.chain).toBe(turn.request.chain);
    expect(readdirSync(stateDir)).toEqual([]);
  });

  test("the turns of one call share the chain, those of two do not", async ({ run }) => {
    const call = { chain: { id: undefined, prompts: new Set<string>() } };
    const ids = [await run({ call }), await run({ call }), await run({})].map(({ turn }) => turn.request.chain?.id);
    expect(ids).toEqual(["ch-new10000000", "ch-new10000000", "ch-new20000000"]);
  });

  test("a budget is counted from the first turn", async ({ run, stateDir }) => {
    const scene = {
      budget: { tokens: 100 },
      tokens: 99,
      call: { chain: { id: undefined, prompts: new Set<string>() } },
    };
    const { turn } = await run(scene);
    expect(turn.request.chain?.hasBudget).toBe(true);
    expect(readChain(stateDir, "ch-new10000000")).toMatchObject({ calls: 1, tokens: 100, budget: { tokens: 100 } });
    await expect(run(scene)).rejects.toMatchObject({
      code: "BUDGET_EXCEEDED",
      message: "The budget of this chain of agents is used up: 1 turns and 100 of 100 tokens.",
      report: { details: { used: { calls: 1, tokens: 100 } } },
    });
  });

  test("one prompt may be sent several times by one call", async ({ run }) => {
    const scene = { budget: { calls: 9 }, call: { chain: { id: undefined, prompts: new Set<string>() } } };
    for (let round = 0; round < 4; round += 1) await run(scene, "the same");
  });
});

test("the time that a person takes to answer does not count, whether anything was counted before or not", async ({
  run,
  stateDir,
}) => {
  let now = NOW;
  const askUser = async () => {
    now += 3_600_000;
    return { kind: "declined" } as const;
  };
  const ask = (turn: Turn) => turn.call.askUser?.({ message: "?", choices: [], timeoutMs: 1 }) ?? Promise.resolve();
  const scene: Scene = { call: { askUser }, clock: () => now, deadlineMs: 60_000 };
  await run({ ...scene, work: ask });
  expect(readdirSync(stateDir)).toEqual([]);
  const below = async (turn: Turn) => {
    const link = turn.request.chain;
    if (link === undefined) throw new Error("no link");
    // The thread's own record has the later end; the record of the chain was begun by the first of these calls.
    await run({ place: { link }, clock: () => now, agent: "claude" }, "1");
    await ask(turn);
    const later = { ...link, deadline: link.deadline + 3_600_000 };
    const second = await run({ place: { link: later }, clock: () => now, agent: "claude" }, "2");
    expect(second.turn.request.deadlineMs).toBe(58_000);
    await expect(run({ place: { link }, clock: () => now, agent: "claude" }, "3")).rejects.toMatchObject({
      code: "CHAIN_ENDED",
    });
  };
  await run({ ...scene, work: below });
});

describe("below another agent's call", () => {
  test("the record is begun with what was called before, private", async ({ run, stateDir }) => {
    const { turn } = await run({ place: { link: LINK }, agent: "claude", tokens: 10 });
    expect(turn.request.chain).toMatchObject({ id: LINK.id, depth: 2, deadline: NOW + 58_000 });
    expect(turn.request.chain?.hops.map(({ agent }) => agent)).toEqual(["claude", "codex", "claude"]);
    expect(readChain(stateDir)).toMatchObject({ calls: 2, tokens: 11, depth: 2, deadline: LINK.deadline });
    expect(statSync(join(stateDir, "chains", `${LINK.id}.json`)).mode & 0o777).toBe(0o600);
  });

  test("its time is what is left of the call above, and it is told so", async ({ run }) => {
    const timeUp = { kind: "failed", isTimeUp: true } as const;
    const { turn, outcome } = await run({ place: { link: LINK }, outcome: timeUp });
    expect(turn.request.deadlineMs).toBe(58_000);
    expect(outcome.report.warnings).toEqual(["The turn had 58 s: what was left of the call that it belongs to."]);
    expect((await run({ place: { link: LINK }, deadlineMs: 9_000 }, "q")).turn.request.deadlineMs).toBe(9_000);
  });

  test.for([
    [
      "too little is left",
      6_000,
      "The call that this one belongs to has 6 s left. That is too little for another agent.",
    ],
    ["it is over", -3_000, "The call that this one belongs to had to end 3 s ago."],
  ] as const)("a call is refused where %s", async ([, leftMs, message], { run }) => {
    const link = { ...LINK, deadline: NOW + leftMs };
    await expect(run({ place: { link } })).rejects.toMatchObject({ code: "CHAIN_ENDED", message });
  });

  test("nobody gains time by an environment with a later deadline", async ({ run }) => {
    await run({ place: { link: { ...LINK, deadline: NOW - 1 + 60_000 } } });
    const made = { ...LINK, deadline: NOW + 3_600_000 };
    expect((await run({ place: { link: made } }, "q")).turn.request.deadlineMs).toBeLessThanOrEqual(60_000);
  });

  test("the second repetition of a prompt is refused, also of one that was sent before anything was counted", async ({
    run,
  }) => {
    for (const prompt of ["once", "once"]) await run({ place: { link: LINK }, agent: "claude" }, prompt);
    await expect(run({ place: { link: LINK }, agent: "claude" }, "once")).rejects.toMatchObject({
      code: "PROMPT_REPEATED",
    });
    // The same in other clothes.
    for (const prompt of [" ONCE\n", "o\u200bnce", "\tonce \r\n"]) {
      await expect(run({ place: { link: LINK }, agent: "claude" }, prompt)).rejects.toMatchObject({
        code: "PROMPT_REPEATED",
      });
    }
    await run({ place: { link: LINK }, agent: "claude" }, "once 2");
    // Another pair of agents, another prompt.
    await run({ place: { link: LINK }, agent: "gemini" }, "once");
    await run({ place: { link: LINK }, agent: "claude" }, "other");
  });

  test("what the bridge itself asks for in each call is counted as a turn, and is no circle", async ({
    run,
    stateDir,
  }) => {
    for (let times = 0; times < 4; times += 1) {
      const { turn } = await run(
        { place: { link: LINK }, agent: "claude", thread: { isCorrection: true } },
        "the file",
      );
      expect(turn.request.chain?.hops.at(-1)?.prompt).toBeUndefined();
    }
    expect(readChain(stateDir)).toMatchObject({ calls: 5, prompts: [{ key: "aaaa" }] });
  });

  test("agents that send each other one prompt are stopped on the way down", async ({ run }) => {
    let link: ChainLink | undefined;
    const sent: string[] = [];
    const goDown = async (): Promise<void> => {
      for (let depth = 0; depth < 8; depth += 1) {
        const agent = depth % 2 === 0 ? "codex" : "claude";
        const { turn } = await run({ place: { link, depth }, agent }, "ping");
        link = turn.request.chain;
        sent.push(agent);
      }
    };
    await expect(goDown()).rejects.toMatchObject({ code: "PROMPT_REPEATED" });
    expect(sent).toEqual(["codex", "claude", "codex", "claude"]);
  });

  test("a chain keeps the narrowest budget of its bridges", async ({ run }) => {
    await run({ place: { link: LINK }, budget: { calls: 3 } }, "1");
    await run({ place: { link: LINK }, budget: { calls: 99 } }, "2");
    await expect(run({ place: { link: LINK } }, "3")).rejects.toMatchObject({
      code: "BUDGET_EXCEEDED",
      message: "The budget of this chain of agents is used up: 3 of 3 turns and 2 tokens.",
    });
  });

  test("a chain of which only the depth is known goes on, but not against a budget", async ({ run }) => {
    const { turn } = await run({ place: { depth: 1 } });
    expect(turn.request.chain).toMatchObject({ depth: 2, id: "ch-new10000000" });
    await expect(run({ place: { depth: 1 }, budget: { calls: 5 } })).rejects.toMatchObject({ code: "CHAIN_UNKNOWN" });
  });
});

describe("a record that cannot be counted on", () => {
  const write = (stateDir: string, text: string): string => {
    mkdirSync(join(stateDir, "chains"), { recursive: true });
    const path = join(stateDir, "chains", `${LINK.id}.json`);
    writeFileSync(path, text);
    return path;
  };
  const good = {
    id: LINK.id,
    hops: [],
    depth: 1,
    deadline: LINK.deadline,
    calls: 1,
    tokens: 0,
    budget: {},
    prompts: [],
  };

  test("missing although the chain has a budget", async ({ run, stateDir }) => {
    const link = { ...LINK, hasBudget: true };
    await expect(run({ place: { link } })).rejects.toMatchObject({
      code: "CHAIN_UNKNOWN",
      message: expect.stringContaining("There is no record of the chain of agents ch-chain00001"),
    });
    expect(existsSync(join(stateDir, "chains"))).toBe(false);
  });

  test.for([
    ["damaged", "{", "is damaged"],
    ["of another chain", JSON.stringify({ ...good, id: "ch-another001" }), "is damaged"],
    ["with counts that are none", JSON.stringify({ ...good, calls: -5 }), "is damaged"],
    ["of a newer bridge", JSON.stringify({ id: LINK.id, version: 9 }), "was written by a newer codex-bridge"],
  ] as const)("%s", async ([, text, reason], { run, stateDir }) => {
    const path = write(stateDir, text);
    await expect(run({ place: { link: LINK } })).rejects.toMatchObject({
      code: "CHAIN_UNKNOWN",
      message: `The record of this chain of agents ${reason}: ${path}.`,
    });
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  test.runIf(process.getuid?.() === 0)("of another user", async ({ run, stateDir }) => {
    chownSync(write(stateDir, JSON.stringify(good)), 4321, 4321);
    await expect(run({ place: { link: LINK } })).rejects.toMatchObject({
      code: "CHAIN_UNKNOWN",
      message: expect.stringContaining("belongs to another user (uid 4321)"),
    });
  });

  test("expired, whatever the environment says", async ({ run, stateDir }) => {
    write(stateDir, JSON.stringify({ ...good, deadline: NOW - 10_000 }));
    await expect(run({ place: { link: LINK } })).rejects.toMatchObject({ code: "CHAIN_ENDED" });
  });

  test("made up: several chains are named", async ({ run }) => {
    await expect(run({ place: { link: LINK, problem: "Two chains." } })).rejects.toMatchObject({
      code: "CHAIN_UNKNOWN",
      message: "Two chains.",
    });
  });

  test("in a folder that cannot be written", async ({ run, stateDir }) => {
    writeFileSync(join(stateDir, "chains"), "");
    await expect(run({ place: { link: LINK } })).rejects.toMatchObject({
      code: "CHAIN_UNKNOWN",
      message: expect.stringContaining("cannot be read or written"),
    });
  });
});
