// Estimates how many tokens a model reads in a text, without its tokenizer, which would be 22 MB. A test compares the two.

/** Words by their letters, figures, kana, ideographs, white space, other letters, signs, and all else. */
const PARTS =
  /([A-Z]?[a-z]+|[A-Z]+)|(\d+)|([\u3040-\u30ff])|([\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af])|(\s+)|([\p{L}\p{M}]+)|([!-~])|([\s\S])/gu;

/** Estimated tokens of a text. */
export function estimateTokens(text: string): number {
  let tokens = 0;
  for (const part of text.matchAll(PARTS)) tokens += weigh(part);
  return Math.ceil(tokens);
}

function weigh([part, word, digits, kana, ideograph, blank, letters, sign]: RegExpMatchArray): number {
  if (word !== undefined) return word.length <= 7 ? 1.05 : word.length / 5.6;
  if (digits !== undefined) return Math.ceil(digits.length / 3);
  if (kana !== undefined) return 0.55;
  if (ideograph !== undefined) return 0.75;
  // A single blank belongs to the word behind it.
  if (blank !== undefined) return blank === " " ? 0 : 1;
  if (letters !== undefined) return Math.max(1, letters.length / 3.2);
  if (sign !== undefined) return 0.65;
  return part.length > 1 ? 1.9 : 0.9;
}
