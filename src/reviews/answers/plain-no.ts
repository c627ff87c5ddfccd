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

const APPROVES =
  /\b(?:approved?|(?:the )?patch (?=is\b|looks\b)|(?:is |are )?correct|pass(?:ed|es)?|lgtm|no changes requested)\b|^\W*none\W*$/gi;
/** Polite words that tell of something where they stand alone or with "not": "changes", "to be done". */
const DISAPPROVES = /\b(?:not|to|un\w+)\b|^\W*(?:changes?|findings|results?|patch)\W*$/i;

/** Whether the value of a field beside an empty list says nothing against it: "approve", "patch is correct". */
export const isApproval = (text: string): boolean => !DISAPPROVES.test(text) && isPolite(text.replace(APPROVES, " "));

const SAYS =
  /^\W*(?:(?:i )?(?:found|see|there (?:are|were)) )?no (?:issues|findings|problems|bugs)\b|^\W*(?:lgtm|looks good)\b/i;

/** Whether a whole answer only says that there is nothing. */
export const isPlainNo = (text: string): boolean => SAYS.test(text) && isPolite(text);
