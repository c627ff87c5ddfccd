// Whether a summary tells of a defect, though no finding does: it names a severity, and does not say that there is none of it.

const WORD = "(?:critical|blocking|blockers?|fatal|severe|show-?stoppers?|high|major|medium|moderate|minor|low)";
const LEVEL = "(?:P-?[0-3]|(?:priority|severity|sev)[ -]?[0-4])";
const DEFECT = "(?:issue|finding|problem|bug|defect|regression|vulnerabilit(?:y|ie)|flaw|blocker|hole|error)s?";

const SEVERE = new RegExp(
  [
    // "P0", "severity 1", "a blocker".
    String.raw`\b${LEVEL}\b|\b(?:blocker|show-?stopper)s?\b`,
    // "Critical: …", "**High** - …", "[critical] …".
    String.raw`\b${WORD}\b[*_\])]{0,4}(?::|\s[-–—]\s)|[[(*_]\s?${WORD}\s?[\])*_]`,
    // "severity: high", "is critical".
    String.raw`\bseverity\W{1,4}${WORD}\b|\b(?:is|are|as) (?:a )?(?:critical|blocking|fatal|severe)\b`,
    // "a high severity", "critical SQL injection vulnerability".
    String.raw`\b${WORD}[ -](?:severity\b|(?:\w{1,30}[ -]){0,4}${DEFECT}\b)`,
  ].join("|"),
  "i",
);

const ONE = String.raw`(?:an?\s)?(?:${LEVEL}|${WORD})(?:[ -](?:severity|priority|level))?`;
/** What may stand between "no" and the severity. Any other word may be what is missing: "no tests cover this P1". */
const BETWEEN = String.raw`(?:(?:any|an?|new|further|other|more|open|real|remaining|obvious|clear|actual|verified|such|${DEFECT}|of|at|with|or|severity|level|priority|security)\s){0,5}`;
const DENIES = String.raw`\b(?:no|without|neither|zero|(?:not|n['’]t|cannot)\s(?:find|found|see|seen|identify|spot|notice|contain|introduce|have)(?:\sany)?)\s`;
/** What the denial ends with: its sentence, or words that only say where nothing was found. "No P0 checks guard this" is no denial. */
const ENDS = String.raw`(?=\s*(?:$|[.,;:!)\n]|(?:and|or|but|were|was|are|found|identified|seen|present|remains?|remaining|here|in|within|across|for)\b))`;
const NO_SEVERE = new RegExp(
  String.raw`${DENIES}${BETWEEN}${ONE}(?:(?:\s?[,/–-]\s?|\s)(?:(?:or|and|nor|to)\s)?${ONE}){0,8}(?:\s(?:or\s(?:higher|above|worse|lower)|${DEFECT}))?${ENDS}`,
  "gi",
);

/** Whether a summary tells of a defect, though no finding does. */
export const tellsDefect = (summary: string): boolean => SEVERE.test(summary.replace(NO_SEVERE, " "));
