// Reads the answer to `model/list`.
import { type Fields, readFlag, readList, readText } from "./fields.ts";

/** A model that Codex offers. */
export interface ListedModel {
  /** The name that a thread is started with. */
  readonly model: string;
  readonly isDefault: boolean;
  /** Codex does not show it in its own list, but accepts it. */
  readonly isHidden: boolean;
  /** Reasoning efforts, weakest first; undefined if they are not told. */
  readonly efforts: readonly string[] | undefined;
  readonly defaultEffort: string | undefined;
}

/** One page of the list. */
export interface ModelPage {
  readonly models: readonly ListedModel[];
  /** Cursor of the next page; undefined if this is the last one. */
  readonly nextCursor: string | undefined;
}

/** Reads one page; undefined if it is no list. */
export function readModelPage(result: Fields): ModelPage | undefined {
  const models = readList(result, "data");
  if (models === undefined) return undefined;
  return { models: models.flatMap((model) => toModel(model) ?? []), nextCursor: readText(result, "nextCursor") };
}

function toModel(fields: Fields): ListedModel | undefined {
  const model = readText(fields, "model");
  if (model === undefined) return undefined;
  const efforts = readList(fields, "supportedReasoningEfforts");
  return {
    model,
    isDefault: readFlag(fields, "isDefault") === true,
    isHidden: readFlag(fields, "hidden") === true,
    efforts: efforts?.flatMap((effort) => readText(effort, "reasoningEffort") ?? []),
    defaultEffort: readText(fields, "defaultReasoningEffort"),
  };
}
