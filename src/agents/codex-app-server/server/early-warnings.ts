// Warnings that the server gives before anybody listens: of a thread's config, before it answers with the thread's id, and of its own config.
import type { JsonObject } from "../../../domain/json.ts";
import { type GlobalNotice, readGlobalNotice } from "../protocol/global-notices.ts";

/** How many warnings of each kind are kept: the newest. A thread may never get a listener. */
const MOST_KEPT = 50;

/** Keeps the warnings of threads until somebody listens, and those about the config for good. */
export class EarlyWarnings {
  #kept: { readonly threadId: string; readonly params: JsonObject }[] = [];
  #config: GlobalNotice[] = [];

  /** The warnings about the config. */
  get config(): readonly GlobalNotice[] {
    return this.#config;
  }

  /** Keeps a notification if it is a warning. */
  keep(threadId: string | undefined, method: string, params: JsonObject): void {
    if (threadId === undefined) {
      const notice = readGlobalNotice(method, params);
      if (notice?.kind === "config") this.#config = [...this.#config, notice].slice(-MOST_KEPT);
    } else if (method === "warning") {
      this.#kept = [...this.#kept, { threadId, params }].slice(-MOST_KEPT);
    }
  }

  /** Hands over the warnings of a thread, oldest first, as params of `warning`. */
  take(threadId: string): readonly JsonObject[] {
    const taken = this.#kept.filter((warning) => warning.threadId === threadId);
    this.#kept = this.#kept.filter((warning) => warning.threadId !== threadId);
    return taken.map(({ params }) => params);
  }
}
