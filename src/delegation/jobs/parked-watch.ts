// Looks when the parked jobs of a project are due. Any bridge may park one, so the folder is looked at now and then; that also notices a clock that
// was set: a time of day is compared with the clock as it is then.
import type { StoredRecord } from "../../state/json-folder.ts";
import type { ParkedOrderFiles, StoredOrder } from "../../state/parked-order-files.ts";

/** Options of createParkedWatch. */
export interface ParkedWatchOptions {
  readonly orders: Pick<ParkedOrderFiles, "list" | "read">;
  readonly project: string;
  readonly clock: () => number;
  /** Called with the ids of jobs that are due. Each that stays is named again at the next look. Must not throw. */
  readonly onDue: (ids: readonly string[]) => void;
}

/** The watch. */
export interface ParkedWatch {
  /** Looks now, and from then on. */
  look(): void;
  stop(): void;
}

/** Longest time between two looks. */
const LOOK_MS = 30_000;
/** Shortest time: a due job that could not be started is not tried again at once. */
const LEAST_MS = 500;

/** Makes a watch, which does nothing before its first look. Its timer does not keep the process. */
export function createParkedWatch({ orders, project, clock, onDue }: ParkedWatchOptions): ParkedWatch {
  let timer: NodeJS.Timeout | undefined;
  let hasStopped = false;
  /** When each is due; read once, as an order is only replaced after its job has run again. */
  let known = new Map<string, number>();

  function readUntil(id: string): number | undefined {
    const before = known.get(id);
    if (before !== undefined && before > clock()) return before;
    const stored = readQuietly(id);
    // What is to be done with an order that cannot be read is the claim's to decide.
    return stored === undefined ? undefined : stored.kind === "record" ? stored.value.until : clock();
  }

  function readQuietly(id: string): StoredRecord<StoredOrder> | undefined {
    try {
      return orders.read(project, id);
    } catch {
      return undefined;
    }
  }

  function look(): void {
    if (hasStopped) return;
    clearTimeout(timer);
    const times = orders.list(project).flatMap((id) => {
      const until = readUntil(id);
      return until === undefined ? [] : [[id, until] as const];
    });
    known = new Map(times);
    const now = clock();
    const due = times.filter(([, until]) => until <= now).map(([id]) => id);
    if (due.length > 0) onDue(due);
    const next = Math.min(LOOK_MS, ...times.filter(([, until]) => until > now).map(([, until]) => until - now));
    timer = setTimeout(look, Math.max(LEAST_MS, next)).unref();
  }

  return {
    look,
    stop: () => {
      hasStopped = true;
      clearTimeout(timer);
    },
  };
}
