// Arguments that several tools share, with the descriptions that the model reads.
import * as z from "zod";
import { SANDBOX_MODES } from "../domain/sandbox.ts";

/** Codex's own limit on a prompt, in code points (docs/codex-cli.md#prompt). */
export const MAX_PROMPT_CODE_POINTS = 1_048_576;

/** Limit for a text that is passed to Codex as one command-line argument; the system's own limit is 128 KiB. */
const MAX_ARGUMENT_BYTES = 100_000;

/** A prompt: not blank, within Codex's limit, no lone surrogates. */
export const promptArgument = z
  .string()
  .refine((text) => text.trim() !== "", "must not be empty")
  .refine((text) => text.isWellFormed(), "holds half of a surrogate pair; send well-formed text")
  .refine(
    hasPromptLength,
    `is longer than ${MAX_PROMPT_CODE_POINTS} characters; put long material in a file and name its path`,
  );

/** A message to another agent. */
export const messageArgument = z
  .string()
  .refine((text) => text.trim() !== "", "must not be empty")
  .refine((text) => text.isWellFormed() && !text.includes("\0"), "must be well-formed text without NUL")
  .refine((text) => text.length <= 4_000, "may have at most 4,000 characters; put more into a file and name it");

/** A short word, such as the name of a model. It is passed to Codex as an argument of its own. */
export const wordArgument = z.string().regex(/^[^\s\-\p{C}][^\s\p{C}]{0,199}$/u, "must be a name without spaces");

/** The caller's own name for a thread. */
export const sessionIdArgument = z
  .string()
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]{1,200}$/u, "must be 1 to 200 printable characters");

/** Text that is passed to Codex on its command line. */
export const longTextArgument = z
  .string()
  .refine((text) => text.isWellFormed() && !text.includes("\0"), "must be well-formed text without NUL")
  .refine(
    (text) => Buffer.byteLength(text) <= MAX_ARGUMENT_BYTES,
    `is longer than ${MAX_ARGUMENT_BYTES} bytes; put it in the prompt`,
  );

/** Text that is passed to Codex in a file. */
export const baseInstructionsArgument = z
  .string()
  .refine((text) => text.trim() !== "" && text.isWellFormed(), "must be well-formed text")
  .refine(hasPromptLength, `is longer than ${MAX_PROMPT_CODE_POINTS} characters`);

/** Name of a profile. Newer Codex CLIs use it as part of a file name. */
export const profileArgument = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,99}$/, "must be a name of letters, digits, _ and -");

/** JSON overrides by key. Published as a plain object: a schema of all JSON would cost tokens and need a `$ref`. */
export const configArgument = z.record(z.string(), z.unknown()).pipe(z.record(z.string(), z.json()));

/** A shell command that the bridge has run in the agent's sandbox. */
export const checkArgument = z
  .string()
  .refine((text) => text.length <= 4_000, "may have at most 4,000 characters; put a longer one in a script")
  .refine((text) => text.trim() !== "" && text.isWellFormed() && !text.includes("\0"), "must be a shell command");

const COMMIT = "must be true, or a commit message of at most 10,000 characters that is not blank";

/** Whether what a turn changed is committed, and with which message. Published as two types, as `expect` is. */
export const commitArgument = z
  .unknown()
  .pipe(
    z.union(
      [
        z.boolean(),
        z.string().refine((text) => text.trim() !== "" && text.length <= 10_000 && isPlainText(text), COMMIT),
      ],
      COMMIT,
    ),
  )
  .optional()
  .meta({ type: ["boolean", "string"] });

/** A sandbox mode. */
export const sandboxArgument = z.enum(SANDBOX_MODES);

/** Fields that `codex` and `codex-reply` have in common, with the descriptions the model reads. */
export const turnArguments = {
  model: wordArgument.optional().describe("Default: the user's."),
  reasoningEffort: wordArgument.optional().describe("As low, high."),
  images: z.array(z.string().min(1)).max(20).optional().describe("Paths of image files."),
  outputSchema: z.record(z.string(), z.unknown()).optional().describe("Strict JSON Schema for the answer."),
  timeoutMs: z.int().min(1_000).max(86_400_000).optional().describe("Time limit in ms. Default: 1 h."),
};

/** What the final message must fit. Published as two types: the union of their schemas would cost twice the tokens. */
export const expectArgument = z
  .unknown()
  .pipe(
    z.union(
      [
        z
          .string()
          .min(1)
          .refine((text) => text.isWellFormed()),
        z.record(z.string(), z.unknown()),
      ],
      "must be a regular expression, as text that is not empty, or a JSON Schema, as an object",
    ),
  )
  .optional()
  .meta({ type: ["string", "object"], description: "Regex or JSON Schema for the final message." });

/** Fields of the tools that write the final message to a file. */
export const outputArguments = {
  outputFile: z
    .string()
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]{1,4096}$/u, "must be a path without control characters")
    .optional()
    .describe("New file for the final message, below cwd."),
  overwrite: z.boolean().optional().describe("Replace an existing file."),
};

/** Fields of every tool whose call can become a job. */
export const jobArguments = {
  background: z.boolean().optional().describe("Return a job at once."),
  title: z
    .string()
    .refine((text) => text.trim() !== "", "must not be empty")
    .optional()
    .describe("Job title."),
};

/** Whether a call that meets a usage limit waits for the reset as a job. */
export const onQuotaArgument = z.literal("wait").optional();

function isPlainText(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

function hasPromptLength(text: string): boolean {
  // A code point is one or two UTF-16 units, so only texts between the two bounds have to be counted.
  if (text.length <= MAX_PROMPT_CODE_POINTS) return true;
  if (text.length > 2 * MAX_PROMPT_CODE_POINTS) return false;
  let count = 0;
  for (const _ of text) count += 1;
  return count <= MAX_PROMPT_CODE_POINTS;
}
