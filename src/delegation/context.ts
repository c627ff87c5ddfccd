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
const MAX_PATH_CHARACTERS = 300;
const MAX_PATHS = 200;

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
  const shaped = applyStrategy(context, task, strategy, window);
  const isTooLong = estimateTokens(shaped.text) > window.max_tokens * window.compression_threshold;
  const { text, kept } = isTooLong ? compress(context, task, window) : shaped;
  const left = context.length - kept;
  return { text, dropped: left > 0 ? `${left} of ${context.length} characters of the context` : undefined };
}

// A part of the context, and how many of its own characters are in it.
interface Part {
  readonly text: string;
  readonly kept: number;
}

function applyStrategy(context: string, task: string, strategy: ContextStrategy, window: ContextWindow): Part {
  switch (strategy) {
    case "full":
      return whole(context);
    case "isolated":
      return { text: "", kept: 0 };
    case "minimal":
      return takeBeginning(context);
    case "filtered":
      return filterParagraphs(context, task);
    case "compressed":
      return compress(context, task, window);
  }
}

// To a quarter of the window.
function compress(context: string, task: string, window: ContextWindow): Part {
  const maxBytes = (window.max_tokens / 4) * BYTES_PER_TOKEN;
  switch (window.preservation_strategy) {
    case "hierarchical":
      return cut(filterParagraphs(context, task), maxBytes, "middle");
    case "head_and_tail":
      return cut(whole(context), maxBytes, "middle");
    case "recent":
      return cut(whole(context), maxBytes, "beginning");
  }
}

function whole(text: string): Part {
  return { text, kept: text.length };
}

// The first lines, and before them the files that the rest names.
function takeBeginning(context: string): Part {
  const lines = context.split("\n");
  if (lines.length <= MINIMAL_LINES) return whole(context);
  const beginning = lines.slice(0, MINIMAL_LINES).join("\n");
  const paths = [...new Set(findPaths(context))].slice(0, MAX_PATHS);
  const named = paths.length === 0 ? "" : `Files named: ${paths.join(", ")}\n\n`;
  return { text: `${named}${beginning}`, kept: beginning.length };
}

// Paragraphs that share a telling word with the task, or name a file.
function filterParagraphs(context: string, task: string): Part {
  const telling = new Set(toWords(task).filter((word) => word.length >= TELLING_CHARACTERS));
  const paragraphs = context.split(/\n\s*\n/);
  const kept = paragraphs.filter(
    (paragraph) => findPaths(paragraph).length > 0 || toWords(paragraph).some((word) => telling.has(word)),
  );
  if (kept.length === paragraphs.length) return whole(context);
  return whole(kept.join("\n\n"));
}

// A run of the characters of paths that holds a slash or ends like a file; one pass, whatever the text.
function findPaths(text: string): string[] {
  return (text.match(/[\w.@~/-]+/g) ?? [])
    .filter((run) => run.length <= MAX_PATH_CHARACTERS)
    .map((run) => run.replace(/[.-]+$/, ""))
    .filter((run) => /\w\/\w/.test(run) || /\w\.[A-Za-z]{1,5}$/.test(run));
}

function cut({ text, kept }: Part, maxBytes: number, where: "middle" | "beginning"): Part {
  const share = maxBytes / Math.max(1, Buffer.byteLength(text));
  if (share >= 1) return { text, kept };
  const length = Math.floor(text.length * share);
  const head = where === "middle" ? text.slice(0, Math.floor(length / 2)) : "";
  const tail = text.slice(text.length - (length - head.length));
  return { text: `${head.toWellFormed()}${head === "" ? "" : "\n"}[…]\n${tail.toWellFormed()}`, kept: length };
}
