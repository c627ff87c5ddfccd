// Warnings of threads that nobody listens to yet: the server warns of a thread's config before it answers with the thread's id.
import type { JsonObject } from "../../../domain/json.ts";

/** How many warnings are kept. A thread may never get a listener. */
const MOST_KEPT = 50;

/** Keeps the warnings until somebody listens. */
export class EarlyWarnings {
  #kept: { readonly threadId: string; readonly params: JsonObject }[] = [];

  /** Keeps a notification if it is a warning. */
  keep(threadId: string | undefined, method: string, params: JsonObject): void {
    if (threadId === undefined || method !== "warning") return;
    this.#kept.push({ threadId, params });
    if (this.#kept.length > MOST_KEPT) this.#kept.shift();
  }

  /** Hands over the warnings of a thread, oldest first, as params of `warning`. */
  take(threadId: string): readonly JsonObject[] {
    const taken = this.#kept.filter((warning) => warning.threadId === threadId);
    this.#kept = this.#kept.filter((warning) => warning.threadId !== threadId);
    return taken.map(({ params }) => params);
  }
}
