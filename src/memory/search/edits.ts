/**
 * How many letters must be changed, added, left out or swapped with their neighbour to make one word of the other (optimal string alignment).
 * Ends early, with `most + 1`, where it is more than `most`.
 */
export function countEdits(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let older: number[] = [];
  let old = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      let best = Math.min(
        (old[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (old[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
      const isSwapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (isSwapped) best = Math.min(best, (older[column - 2] ?? 0) + 1);
      next.push(best);
    }
    if (Math.min(...next) > most) return most + 1;
    [older, old] = [old, next];
  }
  return old[b.length] ?? most + 1;
}

/** Up to here one letter more or another one makes a different word: "plant" and "plan", "mode" and "move". */
const MOST_SHORT_LETTERS = 5;
/** From here on two letters may be wrong. */
const LONG_WORD = 8;

/** How many letters are wrong in a word that may be a slip of a stored one; undefined where they are two words. */
export function countSlips(asked: string, stored: string): number | undefined {
  const edits = countEdits(asked, stored, asked.length >= LONG_WORD ? 2 : 1);
  if (edits > 2 || (edits > 1 && asked.length < LONG_WORD)) return undefined;
  if (edits === 0 || asked.length > MOST_SHORT_LETTERS) return edits;
  if (asked.length < stored.length) return edits;
  const isSwapped = [...asked].sort().join("") === [...stored].sort().join("");
  return isSwapped || isDoubled(asked, stored) ? edits : undefined;
}

// "limmit" for "limit".
function isDoubled(asked: string, stored: string): boolean {
  return [...asked].some(
    (letter, at) => letter === asked[at - 1] && asked.slice(0, at) + asked.slice(at + 1) === stored,
  );
}
