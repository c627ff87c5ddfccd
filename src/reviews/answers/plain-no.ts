// Words of an answer that say nothing but that there is nothing. Only known ones count: any other word may be about what was found.

/** More than this is no politeness. */
const MOST_CHARACTERS = 200;

const NOTHING = /\bno (?:issues|findings|problems|bugs|defects)\b|\b(?:found nothing|nothing to report)\b/gi;
const POLITE = new Set(
  `a again all am and answer are as asked at be below change changes code complete completed diff done everything fine following for form format
  found good have here i in is it json list lgtm looked looks me my object of ok okay output report result results review reviewed so summary sure
  thank thanks that the there this to was were whole with you your s ve findings`.split(/\s+/),
);

/** Whether words beside an empty list are only polite. */
export function isPolite(text: string): boolean {
  if (text.length > MOST_CHARACTERS) return false;
  const words =
    text
      .replace(NOTHING, " ")
      .toLowerCase()
      .match(/[^\s\p{P}\p{S}]+/gu) ?? [];
  return words.every((word) => POLITE.has(word));
}

const APPROVES = /\b(?:approved?|(?:is |are )?correct|pass(?:ed|es)?|lgtm|none|patch|no changes requested)\b/gi;

/** Whether the value of a field beside an empty list says nothing against it: "approve", "patch is correct". */
export const isApproval = (text: string): boolean =>
  !/\b(?:not|un\w+)\b/i.test(text) && isPolite(text.replace(APPROVES, " "));

/** What a summary without findings would not say: a severity, but for "no P0 or P1 issues". */
const SEVERE = /\bP[0-3]\b/;
const NO_SEVERE =
  /\b(?:no|without|any|neither)\b[^.;:\n]{0,40}\bP[0-3]\b(?:[\s,/–-]*(?:(?:or|and|nor|to)\s+)?P[0-3]\b)*/gi;

/** Whether a summary tells of a defect, though no finding does. */
export const tellsDefect = (summary: string): boolean => SEVERE.test(summary.replace(NO_SEVERE, " "));

const SAYS =
  /^\W*(?:(?:i )?(?:found|see|there (?:are|were)) )?no (?:issues|findings|problems|bugs)\b|^\W*(?:lgtm|looks good)\b/i;

/** Whether a whole answer only says that there is nothing. */
export const isPlainNo = (text: string): boolean => SAYS.test(text) && isPolite(text);
