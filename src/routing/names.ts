// Hides what a request only names: quotes, inline code, paths, identifiers. Their words say nothing about what is to be done.
import type { RequestText } from "./request-text.ts";
import { NAME } from "./words.ts";

/** Quotes, and `code`. A quote begins behind a space and ends before one; an apostrophe inside a word is none. */
const QUOTED: readonly (readonly [opening: string, quoted: RegExp])[] = [
  ["`", /`[^`\n]{1,1000}`/g],
  ['"', /(?<![\p{L}\p{N}])"[^"]{1,2000}"(?![\p{L}\p{N}])/gu],
  ["“", /“[^“”]{1,2000}”/g],
  ["„", /„[^„“”"]{1,2000}[“”"]/g],
  ["«", /«[^«»]{1,2000}»/g],
  ["「", /「[^「」]{1,2000}」/g],
  ["『", /『[^『』]{1,2000}』/g],
  ["'", /(?<=^|[\s([{,:;])'(?:[^'\n]|'(?=[\p{L}\p{N}])){1,300}'(?=$|[\s)\]},.:;!?])/gmu],
  ["‘", /(?<=^|[\s([{,:;])‘(?:[^’\n]|’(?=[\p{L}\p{N}])){1,300}’(?=$|[\s)\]},.:;!?])/gmu],
];

/** Runs of ASCII signs; a name may stand in a text without spaces. */
const RUN = /[!-~]{2,200}/g;
const OPENING = /^[("'[{<*]+/;
const CLOSING = /[)"'\]}>*.,;:!?]+$/;

/** Kinds of names. Each pattern is for a whole run without the punctuation around it. */
const NAMES: readonly RegExp[] = [
  // Addresses and paths.
  /^[a-z][\w+.-]*:\/\//i,
  /^[\w.+-]+@[\w-]+\.\w/,
  /^(?:~|\.{1,2})?\/\S/,
  /\/.*\//,
  /^@?[\w.-]*[._\d@-][\w.-]*\/|\/[\w.-]*[._\d-]/,
  /^[\w.-]+\/$/,
  // Files, fields, calls.
  /^\.?[\w-]*[a-z]\w*(?:\.[a-z][\w-]*)+$/i,
  /\w_\w|^_\w|\w_$/,
  /\w::\w|\w->\w/,
  /\w\(.*\)?$/,
  // Options, variables, channels, replacements, compounds.
  /^--?[a-z]/i,
  /^\$\w|^\$\{/,
  /^#[a-z]/i,
  /^[\w.-]+=\S/,
  /^<\/?\w[^>]*>?$/,
  /^[a-z\d]+(?:-[a-z\d]+){2,}$/i,
];
/** The complexity of an algorithm: no call, but words. */
const BIG_O = /\bO\(([^()\n]{1,40})\)/g;
/** Written with dots, but words. */
const ABBREVIATION = /^[a-z](?:\.[a-z])+$/i;

/** Puts `NAME` for each quote and name. */
export function hideNames(text: string): RequestText {
  const names: string[] = [];
  const hide = (quoted: string) => {
    const inside = quoted.slice(1, -1);
    if (quoted.startsWith("`") && !/\s/.test(inside) && isName(inside)) names.push(inside);
    return ` ${NAME} `;
  };
  const unquoted = QUOTED.reduce(
    (rest, [opening, quoted]) => (rest.includes(opening) ? rest.replace(quoted, hide) : rest),
    text,
  );
  const hidden = unquoted.replace(BIG_O, "O $1").replace(RUN, (run) => {
    const opening = OPENING.exec(run)?.[0] ?? "";
    const core = run
      .slice(opening.length)
      .replace(/\(\)(?=[.,;:!?]*$)/, "()")
      .replace(isCall(run) ? /[.,;:!?]+$/ : CLOSING, "");
    if (!isName(core)) return run;
    names.push(core);
    return `${opening} ${NAME} ${run.slice(opening.length + core.length)}`;
  });
  return { text: hidden, names };
}

function isCall(run: string): boolean {
  return /\w\([^)]*\)[.,;:!?]*$/.test(run);
}

function isName(core: string): boolean {
  return !ABBREVIATION.test(core) && NAMES.some((pattern) => pattern.test(core));
}
