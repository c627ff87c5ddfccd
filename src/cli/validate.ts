// `codex-bridge validate`: a filter. A text that fits goes from stdin to stdout unchanged; one that does not is an exit code.
import { createReadStream, fstatSync, statSync } from "node:fs";
import type { Readable } from "node:stream";
import { isRecord } from "../domain/guards.ts";
import { readSmallText, SMALL_FILE_BYTES, UnreadableFileError } from "../files/small-file.ts";
import type { Expectation } from "../validation/expectation.ts";
import { unfence } from "../validation/json-answer.ts";
import { createTextChecks, MAX_TEXT_CHARACTERS, type TextCheck } from "../validation/text-checks.ts";
import type { CorrectedText, CorrectionRequest, Corrector } from "./correct-text.ts";
import { readInput } from "./read-input.ts";

/** Options of the command. */
export interface ValidateCommand {
  readonly pattern: string | undefined;
  /** Path of a JSON Schema. */
  readonly schema: string | undefined;
  /** Who corrects a text that does not fit. */
  readonly correct: string | undefined;
  readonly stdin: Readable & { readonly isTTY?: boolean; readonly fd?: number };
  /** Path of the bundle in which texts are checked. */
  readonly validationWorker: string;
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Writes a text of an agent's, which may hold what acts on a terminal. */
  readonly writeText: (text: string) => Promise<void>;
  readonly printError: (line: string) => void;
  /** Has an agent correct a text. */
  readonly correctText: (request: CorrectionRequest) => Promise<CorrectedText>;
}

/** What is checked, in order, and by what. */
interface Expected {
  readonly expectation: Expectation;
  readonly check: TextCheck;
}

/** A character of UTF-16 takes at most three bytes of UTF-8. */
const MAX_BYTES = 3 * MAX_TEXT_CHARACTERS;
const NEVER = new AbortController().signal;
/** Who can correct a text, and their names in sentences. */
const CORRECTORS: Readonly<Record<Corrector, string>> = { codex: "Codex", claude: "Claude Code" };

function isCorrector(word: string): word is Corrector {
  return Object.hasOwn(CORRECTORS, word);
}

/** Runs the command; resolves with the exit code: 0 if the text fits, 1 if it does not. Throws for wrong use, and where it is not known whether it fits. */
export async function runValidate(command: ValidateCommand): Promise<number> {
  const { correct, stdin, printError } = command;
  if (correct !== undefined && !isCorrector(correct)) throw new Error("--correct takes one word: codex or claude");
  const expected = await openChecks(command);
  // Node reads a folder as an empty text.
  if (stdin.fd !== undefined && fstatSync(stdin.fd).isDirectory())
    throw new Error("stdin is a folder: pipe a text into it");
  if (stdin.isTTY === true) throw new Error("it reads the text from stdin: pipe one into it");
  const bytes = await readBytes(stdin);
  const text = decode(bytes);
  const misfit = text === undefined ? "stdin is not UTF-8 text" : await findMisfit(text, expected, "stdin");
  if (misfit === undefined) {
    await command.write(bytes);
    return 0;
  }
  if (text === undefined || correct === undefined) return fail(misfit, printError);
  const corrected = await command.correctText({
    agent: correct,
    text,
    misfit,
    expected: expected.map(({ expectation }) => expectation),
  });
  if ("exitCode" in corrected) return corrected.exitCode;
  if ("problem" in corrected)
    return fail(`${misfit}. ${CORRECTORS[correct]} did not correct it: ${corrected.problem}`, printError);
  return settle({ answer: corrected.text, name: CORRECTORS[correct] }, expected, command);
}

async function settle(
  { answer, name }: { readonly answer: string; readonly name: string },
  expected: readonly Expected[],
  command: ValidateCommand,
): Promise<number> {
  const isJson = expected.some(({ expectation }) => typeof expectation !== "string");
  const text = isJson ? unfence(answer) : answer;
  const misfit = await findMisfit(text, expected, `${name}'s correction`);
  if (misfit !== undefined) return fail(misfit, command.printError);
  await command.writeText(text.endsWith("\n") ? text : `${text}\n`);
  return 0;
}

async function openChecks({ pattern, schema, validationWorker }: ValidateCommand): Promise<Expected[]> {
  if (pattern === undefined && schema === undefined) throw new Error("it needs --pattern or --schema");
  const open = createTextChecks(validationWorker);
  const named = [
    ...(pattern === undefined ? [] : [{ name: "--pattern", expectation: pattern }]),
    ...(schema === undefined ? [] : [{ name: "--schema", expectation: await readSchema(schema) }]),
  ];
  return Promise.all(
    named.map(async ({ name, expectation }) => {
      const check = await open(expectation, { name, mayBeFenced: false }, NEVER);
      return { expectation, check };
    }),
  );
}

async function readSchema(path: string): Promise<Readonly<Record<string, unknown>>> {
  const schema = parse(path, await readFile(path));
  if (!isRecord(schema)) throw new Error(`--schema ${path}: it is not a JSON object`);
  return schema;
}

async function readFile(path: string): Promise<string> {
  try {
    // What a shell makes of `<(…)`.
    if (statSync(path).isFIFO()) return await readInput(createReadStream(path), SMALL_FILE_BYTES);
    return readSmallText(path);
  } catch (error) {
    const code =
      error instanceof Error && "code" in error
        ? String(error.code)
        : error instanceof Error
          ? error.message
          : String(error);
    const reason = error instanceof UnreadableFileError ? error.message : code;
    throw new Error(`--schema ${path} cannot be read: ${reason}`);
  }
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`--schema ${path}: it is not JSON`);
  }
}

async function readBytes(stdin: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > MAX_BYTES) throw new Error(`stdin is longer than ${MAX_BYTES} bytes, and is not checked`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

// In the order of the options; the first that does not fit is told.
async function findMisfit(text: string, expected: readonly Expected[], what: string): Promise<string | undefined> {
  for (const { expectation, check } of expected) {
    // Most programs take no byte order mark before JSON; a pattern is about the text behind it.
    const verdict = await check(typeof expectation === "string" ? text.replace(/^\ufeff/, "") : text, NEVER);
    if (verdict.kind === "fits") continue;
    if (verdict.kind === "cancelled") throw new Error("it was cancelled");
    if (verdict.kind !== "misfit") throw new Error(`it is not known whether ${what} fits: ${verdict.reason}`);
    const empty = text === "" ? " (it is empty)" : "";
    const mark =
      typeof expectation !== "string" && text.startsWith("\ufeff") ? " (it begins with a byte order mark)" : "";
    return `${what} does not fit${empty}${mark}: ${verdict.reason}`;
  }
  return undefined;
}

function fail(reason: string, printError: ValidateCommand["printError"]): number {
  printError(`codex-bridge: validate: ${reason.replace(/[.\s]*$/, "")}.`);
  return 1;
}
