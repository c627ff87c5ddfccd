// Texts as words: how both questions and entries are read. It follows the tokenizer of the word index (SQLite's `porter unicode61
// remove_diacritics 2`), so that what is counted there is found here.
import { stemmer } from "stemmer";

/** A word of a text. */
export interface TextWord {
  /** As it is looked for: folded, in lower case. */
  readonly folded: string;
  /** Its Porter stem. For two characters of Chinese, Japanese or Korean the two themselves. */
  readonly stem: string;
}

/** Scripts that write no blanks between words; Korean does, but joins so much to a word that its pairs serve better. */
const CJK = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}ー";
const CJK_RUNS = new RegExp(`[${CJK}]+`, "gu");
const RUNS = new RegExp(`[${CJK}]+|(?:(?![${CJK}])[\\p{L}\\p{N}])+`, "gu");
const IS_CJK = new RegExp(`^[${CJK}]`, "u");

/** Most texts need no folding but this. */
const ASCII = /^[\x00-\x7f]*$/u;
const ASCII_RUNS = /[a-z0-9]+/gu;

/** What folding changes. One character beyond ASCII makes all of a text slow to be put in lower case. */
const FOLDED_PARTS = /[A-Z]+|[^\x00-\x7f]+/g;
const FIRST_MARK = /^\p{M}/u;
const LETTER = /[A-Za-z]/;

/** In lower case and without diacritics. */
export function foldWord(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return text.replaceAll(FOLDED_PARTS, (part, at: number) => {
    if (LETTER.test(part[0] ?? "")) return part.toLowerCase();
    // A mark on a letter goes, and it may begin a part.
    const isOnLetter = at > 0 && FIRST_MARK.test(part) && LETTER.test(text[at - 1] ?? "");
    return isOnLetter ? foldPiece(`a${part}`).slice(1) : foldPiece(part);
  });
}

/** Words come again, and normalising is slow. Emptied when full. */
const PIECES = new Map<string, string>();
const MOST_PIECES = 20_000;
const LONGEST_PIECE = 32;

function foldPiece(piece: string): string {
  if (piece.length > LONGEST_PIECE) return normalize(piece);
  const known = PIECES.get(piece);
  if (known !== undefined) return known;
  if (PIECES.size >= MOST_PIECES) PIECES.clear();
  const folded = normalize(piece);
  PIECES.set(piece, folded);
  return folded;
}

function normalize(text: string): string {
  return text
    .normalize("NFKD")
    .replaceAll(/(?<=[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])\p{M}+/gu, "")
    .normalize("NFC")
    .toLowerCase();
}

/** The words of a text in their order; of a run of Chinese, Japanese or Korean every two characters. */
export function toTextWords(text: string): TextWord[] {
  const folded = foldWord(text);
  if (ASCII.test(folded)) return (folded.match(ASCII_RUNS) ?? []).map(toWord);
  return [...folded.matchAll(RUNS)].flatMap(([run]) => (isCjk(run) ? toPairs(run).map(toPairWord) : [toWord(run)]));
}

const WORD_LETTER = new RegExp(`^(?![${CJK}])[\\p{L}\\p{N}]`, "u");
const RUN_HERE = new RegExp(`[${CJK}]{1,2}|(?:(?![${CJK}])[\\p{L}\\p{N}])+`, "uy");

/** Whether a word of a folded text goes on at a place. In scripts without blanks every character begins one. */
export function isWithinWord(folded: string, at: number): boolean {
  return at > 0 && WORD_LETTER.test(folded[at] ?? "") && WORD_LETTER.test(folded[at - 1] ?? "");
}

/** The word that begins at a place of a folded text. */
export function readWordAt(folded: string, at: number): TextWord | undefined {
  RUN_HERE.lastIndex = at;
  const run = RUN_HERE.exec(folded)?.[0];
  if (run === undefined) return undefined;
  return isCjk(run) ? toPairWord(run) : toWord(run);
}

/** Every two characters of the runs of Chinese, Japanese and Korean in these texts, for an index that splits words at blanks. */
export function toGrams(texts: readonly string[]): string {
  const pairs = texts.flatMap((text) => [...foldWord(text).matchAll(CJK_RUNS)].flatMap(([run]) => toPairs(run)));
  return [...pairs].join(" ");
}

/** Whether a folded word is two characters of a script without blanks. */
export function isCjk(word: string): boolean {
  return IS_CJK.test(word);
}

function toPairs(run: string): string[] {
  const characters = [...run];
  return characters.length === 1
    ? characters
    : characters.slice(1).map((second, index) => `${characters[index]}${second}`);
}

function toPairWord(folded: string): TextWord {
  return { folded, stem: folded };
}

/** Stems are asked for again and again, and Porter's algorithm is a hundred replacements. Emptied when full. */
const WORDS = new Map<string, TextWord>();
const MOST_WORDS = 20_000;
/** Longer ones are no words: hashes, encoded data. The index keeps them as they are, too. */
const LONGEST_STEMMED = 64;

function toWord(folded: string): TextWord {
  const known = WORDS.get(folded);
  if (known !== undefined) return known;
  if (WORDS.size >= MOST_WORDS) WORDS.clear();
  const stem = folded.length > LONGEST_STEMMED ? folded : stemmer(folded);
  const word = { folded, stem };
  WORDS.set(folded, word);
  return word;
}
