// Keeps a context within its window while it grows, and exports it for another agent.
import type { Clock } from "../domain/clock.ts";
import { SMALL_TOKENS } from "./context.ts";
import type { ContextItem } from "./context-item.ts";
import { cutLayers, type FittedItem, fitItems, type KeepWhole, SUMMARY, sizeOf } from "./fit-items.ts";
import type { WindowRules } from "./window.ts";

/** A context as it is handed to an agent. */
export interface Handoff {
  /** What is never cut, item by item. */
  readonly critical: readonly string[];
  /** Executive summary of the rest: task, state, decisions, next steps. What fits 4,000 tokens is the rest itself. */
  readonly summary: string;
  readonly targetAgent: string;
  /** Epoch ms. */
  readonly timestamp: number;
}

/** What a context manager is made from. */
export interface ContextManagerOptions {
  readonly window: WindowRules;
  readonly clock: Clock;
  /** What the context is wanted for. */
  readonly task?: string | undefined;
  readonly keep?: KeepWhole | undefined;
}

/** A context that grows. */
export interface ContextManager {
  /** Adds an item. If the window's threshold would be passed, what is there is compressed first. Throws CONTEXT_OVERFLOW. */
  add(item: ContextItem): void;
  /** The items in the order in which they came. */
  read(): readonly FittedItem[];
  /** Estimated tokens. */
  size(): number;
  exportForHandoff(targetAgent: string): Handoff;
}

/** Makes one. */
export function createContextManager({ window, clock, task = "", keep }: ContextManagerOptions): ContextManager {
  const maxTokens = Math.floor(window.max_tokens * window.compression_threshold);
  const fit = { maxTokens, task, keep };
  let items: readonly ContextItem[] = [];
  let fitted: readonly FittedItem[] = [];
  return {
    add: (item) => {
      const all = [...items, item];
      // From the whole each time: what is cut twice loses more than it has to.
      fitted = fitItems(all, fit);
      items = all;
    },
    read: () => fitted,
    size: () => sizeOf(fitted),
    exportForHandoff: (targetAgent) => {
      const others = items.filter(({ priority }) => priority !== "critical");
      // What is small says less in short than it takes room.
      const whole = fitItems(others, fit);
      const isSmall = sizeOf(whole) <= SMALL_TOKENS;
      const short = (isSmall ? whole : cutLayers(others, SUMMARY, fit)).map(({ text }) => text);
      return {
        critical: items.filter(({ priority }) => priority === "critical").map(({ content }) => content),
        summary: short.filter((text) => text !== "").join("\n\n"),
        targetAgent,
        timestamp: clock(),
      };
    },
  };
}
