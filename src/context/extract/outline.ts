// What the form of a text says about its units: who speaks, under which heading a unit stands, what it answers.
import { findRole, ROLE_NAMES, type Role } from "./role-words.ts";

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
/** A line with a name alone, as GitHub has it above a comment: with what its owner did, or bare. */
const BYLINE = /^\*\*(@?[\w.-]{2,30})\*\*(?: (commented|reviewed|approved|replied|wrote)\b.*)?$/;
/** Lines that one name begins before it counts as a speaker. */
const SPOKEN_LINES = 3;
/** Units of one turn that an answer may have; what follows is output. */
const MOST_IN_TURN = 8;
/** A section without a heading ends after so many lines. */
const LED_LINES = 8;

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
  const readByline = createBylineReader(units);
  const parts = units.map((unit, at) => {
    const part = strip(unit.text, units[at - 1]?.line !== unit.line, speakers);
    const name = readByline(units[at - 1]?.text ?? "");
    return name === undefined ? part : { ...part, name };
  });
  const roles = findRoles(units, parts);
  const talk = followTalk(parts, readByline);
  return parts.map(({ body, name }, at) => {
    // Field by field: spreading made garbage whose collection grew faster than the text.
    const { role, isHeading } = roles[at] ?? NO_ROLE;
    const { isAnswer, isAgreed } = talk[at] ?? NO_TALK;
    return { body, isSpoken: name !== undefined, role, isHeading, isAnswer, isAgreed };
  });
}

const NO_ROLE = { role: undefined, isHeading: false } as const;
const HEADING = { role: undefined, isHeading: true } as const;
const BY_ROLE = new Map(ROLE_NAMES.map((role) => [role, { role, isHeading: false }]));
const toLed = (role: Role | undefined) => (role && BY_ROLE.get(role)) ?? NO_ROLE;
const NO_TALK = { isAnswer: false, isAgreed: false } as const;
const ASSENT =
  /^(?:(?:ok(?:ay)?|agreed|fine|good|great|yes|yep|right|true|convincing|convinced|perfect|nice|sure|deal|sounds good|works for me|makes sense|accepted|acceptable|einverstanden|gut|passt|jo|ja|genau|machen wir|vale|de acuerdo|perfecto|exacto|muy bien|me gusta|claro|d'accord|entendu|parfait|exact|oui|très bien|love it|that works|good point)(?![\p{L}\p{N}_'])|賛成|いいですね|了解|承知|そうしましょう|好的|同意)/iu;

// What one speaker says counts as agreed if the next one begins with assent.
function followTalk(
  parts: readonly StrippedUnit[],
  readByline: BylineReader,
): Pick<OutlinedUnit, "isAnswer" | "isAgreed">[] {
  const turns = [...parts.keys()].filter((at) => parts[at]?.name !== undefined);
  const talk: Pick<OutlinedUnit, "isAnswer" | "isAgreed">[] = parts.map(() => NO_TALK);
  for (const [number, start] of turns.entries()) {
    const end = turns[number + 1] ?? parts.length;
    const before = readByline(parts[start - 1]?.body ?? "") === undefined ? start - 1 : start - 2;
    const isAnswer = /[?？]$|か。$/.test(parts[before]?.body ?? "");
    const turn = { isAnswer, isAgreed: ASSENT.test(parts[end]?.body ?? "") };
    for (let at = start; at < Math.min(end, start + MOST_IN_TURN); at += 1) talk[at] = turn;
  }
  return talk;
}

function findRoles(
  units: readonly PlacedText[],
  parts: readonly StrippedUnit[],
): Pick<OutlinedUnit, "role" | "isHeading">[] {
  // The roles of the headings above a unit, by their depth.
  const headings: (Role | undefined)[] = [];
  let section: Role | undefined;
  let led: Led | undefined;
  let speaker: string | undefined;
  return parts.map(({ body, isTitle, depth, isItem, isOpen, name }, at) => {
    const line = units[at]?.line ?? 0;
    const isNewLine = units[at - 1]?.line !== line;
    if (isTitle) {
      headings.length = depth - 1;
      section = findRole(body) ?? headings.findLast((role) => role !== undefined);
      // The title of the whole says nothing of its sections.
      headings.push(depth === 1 ? undefined : section);
      led = undefined;
      return HEADING;
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
      return !isWhole && body.length <= 40 ? HEADING : toLed(isWhole ? role : undefined);
    }
    const isAsked = led?.isAnswer === true && led.speaker === undefined && speaker !== undefined;
    if (isOpen) return toLed("next");
    return toLed(isAsked ? section : (led?.role ?? section));
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

/** A unit taken apart. */
interface StrippedUnit {
  readonly body: string;
  readonly isTitle: boolean;
  /** Of a title, from 1. */
  readonly depth: number;
  readonly isItem: boolean;
  /** An item of a list with an empty box: it is still to be done. */
  readonly isOpen: boolean;
  readonly name: string | undefined;
}

function strip(text: string, isFirst: boolean, speakers: ReadonlySet<string>): StrippedUnit {
  if (!isFirst) return { body: text, isTitle: false, depth: 0, isItem: false, isOpen: false, name: undefined };
  const bare = text.replace(TIME, "");
  const [prefix = "", name] = SPEAKER.exec(bare) ?? [];
  const isSpoken = name !== undefined && speakers.has(name);
  const spoken = isSpoken ? bare.slice(prefix.length) : bare;
  const [marks = ""] = MARKS.exec(spoken) ?? [];
  // Short lines that were joined are no title, though the first of them is.
  const isTitle = marks.startsWith("#") && !spoken.includes("\n");
  const isItem = marks !== "" && !isTitle && !marks.startsWith(">");
  return {
    body: spoken.slice(marks.length).trim(),
    isTitle,
    depth: /^#*/.exec(marks)?.[0].length ?? 0,
    isItem,
    isOpen: marks.includes("[ ]"),
    name: isSpoken ? name : undefined,
  };
}

/** Gives the name in a byline; undefined for all else. */
type BylineReader = (text: string) => string | undefined;

// A bold word alone is mostly a heading: it counts as a name only in a text whose other bylines say what somebody did.
function createBylineReader(units: readonly PlacedText[]): BylineReader {
  const isThread = units.some(({ text }) => BYLINE.exec(text)?.[2] !== undefined);
  return (text) => {
    const [, name, deed] = (isThread && BYLINE.exec(text)) || [];
    return name !== undefined && (deed !== undefined || findRole(name) === undefined) ? name : undefined;
  };
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
