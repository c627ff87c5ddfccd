// What of the caller's context goes to the agent, by the strategy of the rule. Works on text alone, without a model.
import type { ContextStrategy, PreservationStrategy } from "../domain/task.ts";
import { toWords } from "../routing/words.ts";

/** A context, shaped. */
export interface ShapedContext {
  /** "" where nothing goes along. */
  readonly text: string;
  /** What was left out, in words; undefined where nothing was. */
  readonly dropped: string | undefined;
}

/** UTF-8 bytes a token, about. */
const BYTES_PER_TOKEN = 3.5;
const MINIMAL_LINES = 20;
/** Words shorter than this say nothing of what a paragraph is about. */
const TELLING_CHARACTERS = 4;
const FILE_PATH = /(?:[\w.@~-]+\/)+[\w.@-]*[\w@-]|\b[\w-]+\.[A-Za-z]{1,5}\b/g;

/** Tokens of a text, about. */
export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

/** `context_window` of the rules file. */
export interface ContextWindow {
  readonly max_tokens: number;
  /** Share of `max_tokens` above which a context is compressed whatever the strategy. */
  readonly compression_threshold: number;
  readonly preservation_strategy: PreservationStrategy;
}

/** Shapes a context for a task. */
export function shapeContext(
  context: string,
  task: string,
  strategy: ContextStrategy,
  window: ContextWindow,
): ShapedContext {
  if (context.trim() === "") return { text: "", dropped: undefined };
  if (strategy === "isolated") return { text: "", dropped: `all ${context.length} characters of the context` };
  const text = applyStrategy(context, task, strategy, window);
  const isTooLong = estimateTokens(text) > window.max_tokens * window.compression_threshold;
  return withNote(context, isTooLong ? compress(text, task, window) : text);
}

function applyStrategy(
  context: string,
  task: string,
  strategy: Exclude<ContextStrategy, "isolated">,
  window: ContextWindow,
): string {
  switch (strategy) {
    case "full":
      return context;
    case "minimal":
      return [listPaths(context), context.split("\n").slice(0, MINIMAL_LINES).join("\n")].filter(Boolean).join("\n\n");
    case "filtered":
      return filterParagraphs(context, task);
    case "compressed":
      return compress(context, task, window);
  }
}

// To a quarter of the window.
function compress(context: string, task: string, window: ContextWindow): string {
  const maxBytes = (window.max_tokens / 4) * BYTES_PER_TOKEN;
  switch (window.preservation_strategy) {
    case "hierarchical":
      return cutMiddle(filterParagraphs(context, task), maxBytes);
    case "head_and_tail":
      return cutMiddle(context, maxBytes);
    case "recent":
      return cutHead(context, maxBytes);
  }
}

function withNote(context: string, text: string): ShapedContext {
  const left = context.length - text.length;
  return { text, dropped: left > 0 ? `${left} of ${context.length} characters of the context` : undefined };
}

// Paragraphs that share a telling word with the task, or name a file.
function filterParagraphs(context: string, task: string): string {
  const telling = new Set(toWords(task).filter((word) => word.length >= TELLING_CHARACTERS));
  const kept = context
    .split(/\n\s*\n/)
    .filter((paragraph) => paragraph.match(FILE_PATH) !== null || toWords(paragraph).some((word) => telling.has(word)));
  return kept.join("\n\n");
}

function listPaths(context: string): string {
  const paths = [...new Set(context.match(FILE_PATH) ?? [])].slice(0, 200);
  return paths.length === 0 ? "" : `Files named: ${paths.join(", ")}`;
}

function cutHead(text: string, maxBytes: number): string {
  const share = maxBytes / Math.max(1, Buffer.byteLength(text));
  return share >= 1 ? text : `[…]\n${text.slice(text.length - Math.floor(text.length * share)).toWellFormed()}`;
}

function cutMiddle(text: string, maxBytes: number): string {
  const share = maxBytes / Math.max(1, Buffer.byteLength(text));
  if (share >= 1) return text;
  const keep = Math.floor((text.length * share) / 2);
  return `${text.slice(0, keep).toWellFormed()}\n[…]\n${text.slice(text.length - keep).toWellFormed()}`;
}
