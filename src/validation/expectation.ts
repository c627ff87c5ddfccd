// What a text is expected to look like.

/** A regular expression, or a JSON Schema. */
export type Expectation = string | Readonly<Record<string, unknown>>;

/** What came of a judgement. `reason` is a bounded part of a sentence. */
export type Verdict =
  | { readonly kind: "fits" }
  | { readonly kind: "misfit"; readonly reason: string }
  /** The expectation itself cannot be used. */
  | { readonly kind: "unusable"; readonly reason: string };

/** What is to be judged, in a form that reaches a thread whole. */
export interface ValidationJob {
  readonly pattern?: string | undefined;
  /** A JSON object, as text. */
  readonly schema?: string | undefined;
  /** Whether the text may be JSON within one code fence. */
  readonly mayBeFenced: boolean;
  /** Without it only the expectation is judged. */
  readonly text: string | undefined;
}
