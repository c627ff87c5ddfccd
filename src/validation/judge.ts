// Judges a text by what is expected of it. Runs in the validation worker.
import type { ValidationJob, Verdict } from "./expectation.ts";
import { unfence } from "./json-answer.ts";
import { judgeByPattern } from "./pattern-check.ts";
import { judgeBySchema } from "./schema-check.ts";

/** Judges the text; without one, whether the expectation can be used at all. */
export function judge({ pattern, schema, mayBeFenced, text }: ValidationJob): Verdict {
  if (pattern !== undefined) return judgeByPattern(pattern, text);
  if (schema === undefined) return { kind: "unusable", reason: "nothing is expected" };
  return judgeBySchema(schema, text === undefined || !mayBeFenced ? text : unfence(text));
}
