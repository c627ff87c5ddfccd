// What the form of a text says about its units: who speaks, under which heading a unit stands, what it answers.

/** A role that a heading, a lead-in or a question gives to what follows it. */
export type Role = (typeof ROLE_NAMES)[number];

/** All of them. */
export const ROLE_NAMES = ["task", "goal", "state", "decision", "next"] as const;

/** A unit as the outline sees it. */
export interface OutlinedUnit {
  /** Without the marks of a list or a heading, time and speaker. */
  readonly body: string;
  readonly role: Role | undefined;
  /** Whether it is said in answer to a question, or somebody agrees with it. */
  readonly isAnswer: boolean;
  readonly isAgreed: boolean;
  /** Whether the unit is a heading, or leads in to what follows and says nothing itself. */
  readonly isHeading: boolean;
  /** Whether a speaker begins with it. */
  readonly isSpoken: boolean;
}

/** A piece of the text with its line. */
export interface PlacedText {
  readonly text: string;
  /** Number of its line, from 0. */
  readonly line: number;
}

const MARKS = /^(?:>\s?|#{1,6}\s+|[-*•+]\s+|\(?\d{1,2}[.)]\s+|\[[ x]\]\s+)+/i;
const TIME = /^[[(]?\d{1,4}[-:/.]\d{2}(?:[-:/.]\d{2})*(?:[T ][\d:.,]+(?:Z|[+-]\d{2}:?\d{2})?)?[\])]?\s+/;
/** A name before a colon. It is a speaker if it begins several lines. */
const SPEAKER = /^(@?[\p{L}][\p{L}\p{N}_.@()-]{0,24}(?: [\p{L}][\p{L}\p{N}_.()-]{0,20}){0,2})[:：]\s+/u;
/** Lines that one name begins before it counts as a speaker. */
const SPOKEN_LINES = 3;
/** Units of one turn that an answer may have; what follows is output. */
const MOST_IN_TURN = 8;
/** A section without a heading ends after so many lines. */
const LED_LINES = 8;

const ROLES: readonly (readonly [Role, RegExp])[] = [
  [
    "next",
    /(?:^|[^\p{L}])(?:next(?: steps?| up| on my side)?|to-?dos?|recommended|suggested actions?|action items|follow-?ups?|remaining|what comes (?:next|now)|what I do now|left to do|als nächstes|nächste schritte|zu tun|weiteres vorgehen|próximos pasos|prochaines étapes)(?:[^\p{L}]|$)|次に|今後/iu,
  ],
  [
    "state",
    /(?:^|[^\p{L}])(?:where (?:are we|we are|do we stand)|current state|state|status|so far|sum(?:mary|marise|marize)?(?: up)?|how far|stand|zusammenfassung|estado|état)(?:[^\p{L}]|$)|状態|まとめ|状況/iu,
  ],
  [
    "decision",
    /(?:^|[^\p{L}])(?:decisions?|decided|agreed|what we (?:do|decided)|rules?|festlegungen|entscheidungen|beschlüsse|decisiones|décisions)(?:[^\p{L}]|$)|決定/iu,
  ],
  [
    "goal",
    /(?:^|[^\p{L}])(?:goals?|objectives?|aims?|requirements?|ziele?|anforderungen|objetivos?|objectifs?)(?:[^\p{L}]|$)|目的|目標/iu,
  ],
  [
    "task",
    /(?:^|[^\p{L}])(?:task|what (?:it|this) is about|background|problem|motivation|context|worum es geht|aufgabe|hintergrund|tarea|tâche)(?:[^\p{L}]|$)|課題|背景/iu,
  ],
];

/** A role that holds for the next units. */
interface Led {
  readonly role: Role;
  /** Last line that it may hold for. */
  readonly until: number;
  /** Speaker whose words it holds for; undefined for whoever speaks next. */
  readonly speaker: string | undefined;
  readonly isAnswer: boolean;
  /** Whether items of a list followed: it ends with them. */
  readonly isList: boolean;
}

/** Reads the outline of a text from its units, in order. */
export function readOutline(units: readonly PlacedText[]): OutlinedUnit[] {
  const speakers = findSpeakers(units);
  const parts = units.map((unit, at) => strip(unit.text, units[at - 1]?.line !== unit.line, speakers));
  const roles = findRoles(units, parts);
  const talk = followTalk(parts);
  return parts.map(({ body, name }, at) => {
    // Field by field: spreading made garbage whose collection grew faster than the text.
    const { role, isHeading } = roles[at] ?? NO_ROLE;
    const { isAnswer, isAgreed } = talk[at] ?? NO_TALK;
    return { body, isSpoken: name !== undefined, role, isHeading, isAnswer, isAgreed };
  });
}

const NO_ROLE = { role: undefined, isHeading: false } as const;
const NO_TALK = { isAnswer: false, isAgreed: false } as const;
const ASSENT =
  /^(?:(?:ok(?:ay)?|agreed|fine|good|great|yes|yep|right|true|convincing|convinced|perfect|nice|sure|deal|sounds good|works for me|makes sense|accepted|acceptable|einverstanden|gut|passt|jo|ja|genau|machen wir|vale|de acuerdo|d'accord)(?![\p{L}\p{N}_'])|賛成|いいですね|了解|承知|そうしましょう|好的|同意)/iu;

// What one speaker says counts as agreed if the next one begins with assent.
function followTalk(parts: readonly StrippedUnit[]): Pick<OutlinedUnit, "isAnswer" | "isAgreed">[] {
  const turns = [...parts.keys()].filter((at) => parts[at]?.name !== undefined);
  const talk: Pick<OutlinedUnit, "isAnswer" | "isAgreed">[] = parts.map(() => NO_TALK);
  for (const [number, start] of turns.entries()) {
    const end = turns[number + 1] ?? parts.length;
    const isAnswer = start > 0 && /[?？]$|か。$/.test(parts[start - 1]?.body ?? "");
    const isAgreed = ASSENT.test(parts[end]?.body ?? "");
    for (let at = start; at < Math.min(end, start + MOST_IN_TURN); at += 1) talk[at] = { isAnswer, isAgreed };
  }
  return talk;
}

function findRoles(
  units: readonly PlacedText[],
  parts: readonly StrippedUnit[],
): Pick<OutlinedUnit, "role" | "isHeading">[] {
  let section: Role | undefined;
  let led: Led | undefined;
  let speaker: string | undefined;
  return parts.map(({ body, isTitle, isItem, name }, at) => {
    const line = units[at]?.line ?? 0;
    const isNewLine = units[at - 1]?.line !== line;
    if (isTitle) {
      section = findRole(body);
      led = undefined;
      return { role: undefined, isHeading: true };
    }
    if (name !== undefined && name !== speaker) {
      speaker = name;
      if (led?.isAnswer === true && led.speaker === undefined) led = { ...led, speaker: name };
      else led = undefined;
    }
    if (led !== undefined && (line > led.until || (led.isList && isNewLine && !isItem))) led = undefined;
    if (led !== undefined && isItem) led = { ...led, isList: true };
    const begun = begins(body, !isItem && parts[at + 1]?.isItem === true);
    if (begun !== undefined && !(isItem && led !== undefined)) {
      const { role, isAnswer, isWhole } = begun;
      const until = isWhole ? line : line + LED_LINES;
      led = { role, until, speaker: isAnswer ? undefined : speaker, isAnswer, isList: false };
      return { role: isWhole ? role : undefined, isHeading: !isWhole && body.length <= 40 };
    }
    const isAsked = led?.isAnswer === true && led.speaker === undefined && speaker !== undefined;
    return { role: isAsked ? section : (led?.role ?? section), isHeading: false };
  });
}

// "Next:" leads in to what follows, "Where are we?" to its answer; "Next: write the test" says it at once.
function begins(
  body: string,
  isBeforeList: boolean,
): { readonly role: Role; readonly isAnswer: boolean; readonly isWhole: boolean } | undefined {
  const lead = findLead(body);
  if (lead !== undefined) return { role: lead, isAnswer: false, isWhole: true };
  if (body.length > 120) return undefined;
  const role = findRole(body);
  if (role === undefined) return undefined;
  if (/[:：]$/.test(body) || isBeforeList) return { role, isAnswer: false, isWhole: false };
  return /[?？]$|か。$/.test(body) ? { role, isAnswer: true, isWhole: false } : undefined;
}

// A sentence may begin with its role: "Next: …", "Stand: …".
function findLead(body: string): Role | undefined {
  const [, lead] = /^([^:：]{2,40})[:：]\s/.exec(body) ?? [];
  return lead === undefined ? undefined : findRole(lead);
}

function findRole(text: string): Role | undefined {
  if (text.length > 120) return undefined;
  return ROLES.find(([, pattern]) => pattern.test(text))?.[0];
}

/** A unit taken apart. */
interface StrippedUnit {
  readonly body: string;
  readonly isTitle: boolean;
  readonly isItem: boolean;
  readonly name: string | undefined;
}

function strip(text: string, isFirst: boolean, speakers: ReadonlySet<string>): StrippedUnit {
  if (!isFirst) return { body: text, isTitle: false, isItem: false, name: undefined };
  const bare = text.replace(TIME, "");
  const [prefix = "", name] = SPEAKER.exec(bare) ?? [];
  const isSpoken = name !== undefined && speakers.has(name);
  const spoken = isSpoken ? bare.slice(prefix.length) : bare;
  const [marks = ""] = MARKS.exec(spoken) ?? [];
  // Short lines that were joined are no title, though the first of them is.
  const isTitle = marks.startsWith("#") && !spoken.includes("\n");
  const isItem = marks !== "" && !isTitle && !marks.startsWith(">");
  return { body: spoken.slice(marks.length).trim(), isTitle, isItem, name: isSpoken ? name : undefined };
}

function findSpeakers(units: readonly PlacedText[]): Set<string> {
  const counts = new Map<string, number>();
  for (const [at, { text, line }] of units.entries()) {
    if (units[at - 1]?.line === line) continue;
    const [, name] = SPEAKER.exec(text.replace(TIME, "")) ?? [];
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return new Set([...counts].filter(([, count]) => count >= SPOKEN_LINES).map(([name]) => name));
}
