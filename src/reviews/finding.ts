// What a review finds: what a model says, what the bridge has checked of it, and the schema that a model's answer should fit.

/** Severities, the most serious first, as Codex's own reviews name them. */
export const SEVERITIES = ["P0", "P1", "P2", "P3"] as const;

/** P0: blocks everything. P1: must be mended before the change is used. P2: should be mended. P3: a matter of taste. */
export type Severity = (typeof SEVERITIES)[number];

/** A finding as a model's answer says it, in one shape whatever shape the answer had. Nothing of it is checked. */
export interface RawFinding {
  readonly severity: Severity;
  /** Path as the model wrote it. */
  readonly file?: string | undefined;
  /** Lines count from 1, both included. Given together, in order. */
  readonly startLine?: number | undefined;
  readonly endLine?: number | undefined;
  /** One line; never empty. */
  readonly title: string;
  readonly body: string;
  /** 0 to 1; 0.5 where the answer gives none. */
  readonly confidence: number;
  /** The lines that the finding is about, as the model quotes them. */
  readonly evidence?: string | undefined;
  /** Whether it is about lines that the change removed. undefined where the answer does not say. */
  readonly isAboutRemoval?: boolean | undefined;
}

/** A finding whose evidence was looked for in what was reviewed. */
export interface CheckedFinding extends RawFinding {
  /** Whether the quoted lines stand at `startLine` to `endLine` of `file`. */
  readonly isVerified: boolean;
  /** Whether they stood there in an earlier review, and nobody has settled it since: it counts as if it were verified. */
  readonly wasVerified?: boolean | undefined;
  /** Why it is not verified; undefined if it is. */
  readonly why?: string | undefined;
  /** What the check corrected of a verified finding: its path, its lines. */
  readonly note?: string | undefined;
  /** Findings of other passes that say the same, and went into this one. */
  readonly merged?: readonly CheckedFinding[] | undefined;
}

/** A finding of a review. */
export interface Finding extends CheckedFinding {
  /** `F1`, `F2`, …: its place in the order of the review. */
  readonly id: string;
}

/** What was read from an answer. */
export interface ParsedAnswer {
  readonly findings: readonly RawFinding[];
  /** What the model says of the whole; "" where it says nothing. */
  readonly summary: string;
  /** What was wrong with the answer, one sentence each. */
  readonly problems: readonly string[];
  /**
   * Whether the answer was understood to its end. If not, there may be findings that were not read: an answer in which nothing was understood, or
   * one that was cut.
   */
  readonly isWhole: boolean;
}

/** What a model's answer should be, for `outputSchema`. Strict: every property is required, and none may be added. */
export const FINDINGS_SCHEMA: Readonly<Record<string, unknown>> = {
  type: "object",
  additionalProperties: false,
  required: ["summary", "findings"],
  properties: {
    summary: { type: "string", description: "Two or three sentences on the whole." },
    findings: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: [
          "title",
          "body",
          "severity",
          "confidence",
          "file",
          "startLine",
          "endLine",
          "evidence",
          "isAboutRemoval",
        ],
        properties: {
          title: { type: "string", description: "What is wrong, in one line." },
          body: { type: "string", description: "Why it is wrong, when it shows, and how to mend it." },
          severity: {
            type: "string",
            enum: SEVERITIES,
            description: "P0 blocks everything, P1 must be mended first, P2 should be mended, P3 is a matter of taste.",
          },
          confidence: { type: "number", description: "0 to 1." },
          file: { type: ["string", "null"], description: "Path as in the review; null if it is about no file." },
          startLine: { type: ["integer", "null"], description: "First line, from 1." },
          endLine: { type: ["integer", "null"], description: "Last line." },
          evidence: {
            type: ["string", "null"],
            description:
              "The line or lines that the finding is about, copied exactly, without + or - and without line numbers.",
          },
          isAboutRemoval: {
            type: "boolean",
            description:
              "Whether the evidence is of lines that the change removes. Then the lines count in the old file.",
          },
        },
      },
    },
  },
};
