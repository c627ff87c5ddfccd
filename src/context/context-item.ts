// What a caller hands along with a task: text, or items that say how much they matter.

/** From what is never cut to what may go first. */
export const CONTEXT_PRIORITIES = ["critical", "important", "supplementary"] as const;

/** One of the layers of a context. */
export type ContextPriority = (typeof CONTEXT_PRIORITIES)[number];

/** A piece of a context. */
export interface ContextItem {
  readonly content: string;
  readonly priority: ContextPriority;
  /** Where it comes from, such as a path or a name. */
  readonly source?: string | undefined;
}

/** A context as a caller gives it. */
export type HandedContext = string | readonly ContextItem[];

/** The items of a context. A text is one important item; blank ones are left out. */
export function toItems(context: HandedContext = ""): readonly ContextItem[] {
  const items: readonly ContextItem[] =
    typeof context === "string" ? [{ content: context, priority: "important" }] : context;
  return items.filter(({ content }) => content.trim() !== "");
}

/** An item as the next agent reads it. */
export function renderItem({ source }: Pick<ContextItem, "source">, text: string): string {
  return source === undefined ? text : `From ${source}:\n${text}`;
}
