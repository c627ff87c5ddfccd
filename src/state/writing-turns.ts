// Turns that may write, while they run. Two in one directory are told of each other, also by two bridges, and an undo waits for none of them.
import { join } from "node:path";
import * as z from "zod";
import { isInside } from "../domain/sandbox.ts";
import type { BridgeBell } from "./bridge-bell.ts";
import type { HolderJudge } from "./holder-judge.ts";
import { createJsonFolder } from "./json-folder.ts";
import { HolderSchema, type LockHolder } from "./lock-holder.ts";
import { removeQuietly } from "./private-files.ts";

const WritingTurnSchema = HolderSchema.extend({
  /** Folders that it may change: the top of its repository, and further roots. */
  areas: z.array(z.string()),
  /** In words for people, without secrets. */
  what: z.string(),
});

/** A turn that may write, or an undo. */
export interface WritingTurn {
  readonly areas: readonly string[];
  /** In words for people, without secrets. */
  readonly what: string;
}

/** Another one, and the bridge that runs it; undefined for this one. */
export interface OtherTurn {
  readonly what: string;
  readonly holder: { readonly pid: number; readonly cwd: string } | undefined;
}

/** One that runs here. */
export interface RunningWrite {
  /** Those that run now in the same folders. Throws what the file system throws where that cannot be found out. */
  findRunning(): OtherTurn[];
  /** Those that ran in the same folders at any time since it began. Never throws. */
  findMet(): OtherTurn[];
  /** Never throws. */
  end(): void;
}

/** The turns of this bridge and of its neighbours. */
export interface WritingTurns {
  /** Tells the others. Never throws: with a full disk, say, they do not know. */
  begin(turn: WritingTurn): RunningWrite;
  /** Those that run now in folders. Throws what the file system throws where that cannot be found out. */
  findRunning(areas: readonly string[]): OtherTurn[];
  /** Removes what was written before `before` (epoch ms). */
  sweep(before: number, signal?: AbortSignal): Promise<void>;
}

/** Options of createWritingTurns. */
export interface WritingTurnsOptions {
  readonly stateDir: string;
  readonly own: Omit<LockHolder, "bell" | "cwd" | "since">;
  /** Directory of this bridge. */
  readonly cwd: string;
  readonly bell: BridgeBell;
  readonly judgeHolder: HolderJudge;
  readonly newId: () => string;
  readonly clock: () => number;
}

type Stored = z.infer<typeof WritingTurnSchema>;

/** Between the id of a turn and that of one that began meanwhile, in the name of the file that tells so. */
const MET = ".met.";

/** Creates access; nothing is created on disk before the first turn. */
export function createWritingTurns(options: WritingTurnsOptions): WritingTurns {
  const { stateDir, own, cwd, bell, clock } = options;
  const folder = createJsonFolder<Stored>(join(stateDir, "writing-turns"), { schema: WritingTurnSchema, version: 1 });
  const here = new Map<string, WritingTurn & { readonly met: Map<string, OtherTurn> }>();

  function findOthers(id: string, areas: readonly string[]): [string, OtherTurn][] {
    const mine = [...here].filter(([other, turn]) => other !== id && overlap(turn.areas, areas));
    const names = folder.listOrThrow().filter((name) => !here.has(name) && !name.includes(MET));
    const theirs = names.flatMap((name): [string, OtherTurn][] => {
      const stored = folder.read(name);
      if (stored.kind !== "record" || !overlap(stored.value.areas, areas)) return [];
      const { what, ...holder } = stored.value;
      const isDead = options.judgeHolder(folder.toPath(name), JSON.stringify(holder), holder) === "dead";
      if (isDead) removeQuietly(folder.toPath(name));
      return isDead ? [] : [[name, { what, holder }]];
    });
    return [...mine.map(([other, { what }]): [string, OtherTurn] => [other, { what, holder: undefined }]), ...theirs];
  }

  function write(name: string, { areas, what }: WritingTurn): void {
    quietly(() => folder.write(name, { ...own, bell: bell.name, cwd, since: clock(), areas: [...areas], what }));
  }

  // Each writes first and looks then, so that of two that begin at once one at least sees the other.
  function begin(turn: WritingTurn): RunningWrite {
    const id = options.newId();
    const met = new Map<string, OtherTurn>();
    here.set(id, { ...turn, met });
    bell.open();
    write(id, turn);
    quietly(() => {
      for (const [other, found] of findOthers(id, turn.areas)) {
        met.set(other, found);
        const mine = here.get(other);
        if (mine === undefined) write(`${other}${MET}${id}`, turn);
        else mine.met.set(id, { what: turn.what, holder: undefined });
      }
    });
    const listMet = (): string[] => folder.list().filter((name) => name.startsWith(`${id}${MET}`));
    return {
      findRunning: () => findOthers(id, turn.areas).map(([, other]) => other),
      findMet: () => {
        for (const name of listMet()) {
          const stored = quietly(() => folder.read(name));
          if (stored?.kind !== "record") continue;
          const { what, ...holder } = stored.value;
          met.set(name.slice(id.length + MET.length), { what, holder });
        }
        return [...met.values()];
      },
      end: () => {
        for (const name of [id, ...listMet()]) removeQuietly(folder.toPath(name));
        here.delete(id);
        if (here.size === 0) bell.close();
      },
    };
  }

  return {
    begin,
    findRunning: (areas) => findOthers("", areas).map(([, other]) => other),
    sweep: (before, signal) => folder.sweep(before, { signal }),
  };
}

function overlap(one: readonly string[], two: readonly string[]): boolean {
  return one.some((area) => two.some((other) => isInside(area, other) || isInside(other, area)));
}

function quietly<Value>(act: () => Value): Value | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
