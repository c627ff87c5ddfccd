// How much each unit of a text is worth to somebody who takes the work over.
import { countShapes, isRepeated } from "./line-shapes.ts";
import { type OutlinedUnit, type PlacedText, readOutline } from "./outline.ts";
import { ROLE_NAMES, type Role } from "./role-words.ts";
import { findSignals, hasSignal, type Signal } from "./signals.ts";
import { toRoles } from "./unit-roles.ts";
import { UnitWords, type WordTraits } from "./unit-words.ts";

/** What the units are worth, each at its place. Columns, since an object for each unit made garbage that grew faster than the text. */
export interface Scores {
  /** The higher, the sooner it is kept. */
  readonly worth: Float64Array;
  /** How well it serves as each part of a summary; 0 or less for not at all. */
  readonly roles: Readonly<Record<Role, Float64Array>>;
  /** Characters. */
  readonly lengths: Uint32Array;
  /** Characters without speaker, time and marks of a list, which stand before them. */
  readonly bodies: Uint32Array;
}

const WEIGHTS: Readonly<Record<Signal, number>> = {
  task: 0.5,
  goal: 1,
  target: 0.5,
  constraint: 2,
  decision: 1.5,
  state: 0.8,
  next: 0.8,
  error: 1.2,
  cause: 1.2,
  place: 2,
  identifier: 1.6,
  quantity: 1.8,
  evidence: 1.5,
  imperative: 1,
  smallTalk: -1.5,
  question: -3,
  tentative: -1.5,
  replaced: -1,
  personal: -1,
  past: 0,
  detail: -1.5,
};

/** What weighs against a unit counts little where it names something. */
const SOFT: ReadonlySet<Signal> = new Set(["smallTalk", "personal", "detail"]);
const FIRM: readonly Signal[] = ["place", "identifier", "quantity", "constraint"];

/** For a unit that a heading, a lead-in or a question gives a role. */
const LED = 2.5;
/** For each word that the unit shares with the task. */
const WANTED = 0.5;
/** Units of fewer words are mostly an answer to what stands before. */
const FEW_WORDS = 4;
/** What is said again word for word. */
const REPEATED = -2.5;

/** Scores the units of a text. `task` is what the text is wanted for, in other words. */
export function scoreUnits(units: readonly PlacedText[], task: string): Scores {
  const outline = readOutline(units);
  const output = findOutput(units, outline);
  const words = new UnitWords(task);
  for (const [at, { body }] of outline.entries()) words.add(output[at] === 0 ? body : "");
  const scores = createScores(units, outline);
  const said = output.filter((count) => count === 0).length;
  let seen = 0;
  const texts = new Set<string>();
  for (const [at, outlined] of outline.entries()) {
    const count = output[at] ?? 0;
    if (count > 0) {
      scores.worth[at] = -2 - Math.log2(count);
      continue;
    }
    seen += 1;
    if (outlined.isHeading || texts.has(outlined.body)) {
      scores.worth[at] = outlined.isHeading ? 0 : REPEATED;
      continue;
    }
    texts.add(outlined.body);
    const { worth, roles } = score(units[at]?.text ?? "", outlined, words.measure(at), seen / said);
    scores.worth[at] = worth;
    for (const role of ROLE_NAMES) scores.roles[role][at] = roles[role];
  }
  return scores;
}

function createScores(units: readonly PlacedText[], outline: readonly OutlinedUnit[]): Scores {
  const column = (): Float64Array => new Float64Array(units.length);
  return {
    worth: column(),
    roles: { task: column(), goal: column(), state: column(), decision: column(), next: column() },
    lengths: Uint32Array.from(units, ({ text }) => text.length),
    bodies: Uint32Array.from(outline, ({ body }) => body.length),
  };
}

// `place` counts by what is said: output in between does not count, however long it is.
function score(
  text: string,
  { body, role, isAnswer, isAgreed }: OutlinedUnit,
  { words, rarity, centrality, shared }: WordTraits,
  place: number,
) {
  const signals = findSignals(body);
  const isFirm = FIRM.some((signal) => signals.has(signal));
  let worth = rarity + toPlace(place) + shared * WANTED;
  for (const signal of signals) worth += isFirm && SOFT.has(signal) ? WEIGHTS[signal] / 3 : WEIGHTS[signal];
  if (role !== undefined && role !== "task") worth += LED;
  if (text.startsWith("```")) worth += text.length > 6 ? 1 : -9;
  if (words < FEW_WORDS) worth -= 2;
  const roles = toRoles({ signals, role, place, centrality, length: body.length, isAnswer, isAgreed, shared, words });
  return { worth, roles };
}

/** A shape that says so in fewer of its lines than this is not one of errors. */
const FEW_ERRORS = 0.25;

// For a line of output, how many lines have its shape; 0 for all else. What stands out of its output is not output: the failed test among
// those that passed, and the place right below an error.
function findOutput(units: readonly PlacedText[], outline: readonly OutlinedUnit[]): number[] {
  // Without the time of what somebody says: in a channel each line has one, and that makes it no output.
  const shapes = countShapes(
    units.map(({ text }, at) => (outline[at]?.isSpoken === true ? `a: ${outline[at].body}` : text)),
  );
  const isError = units.map((_, at) => hasSignal(outline[at]?.body ?? "", "error"));
  const errors = new Map<string, number>();
  for (const [at, { shape }] of shapes.entries()) if (isError[at]) errors.set(shape, (errors.get(shape) ?? 0) + 1);
  return shapes.map(({ shape, count }, at) => {
    if (!isRepeated(count)) return 0;
    const isOdd = isError[at] && (errors.get(shape) ?? 0) < count * FEW_ERRORS;
    const isBelow =
      isError[at - 1] && !isRepeated(shapes[at - 1]?.count ?? 1) && hasSignal(outline[at]?.body ?? "", "place");
    return isOdd || isBelow ? 0 : count;
  });
}

// What a text is about stands at its beginning, where it ended up at its end.
function toPlace(place: number): number {
  if (place < 0.04) return 1.5;
  return place > 0.92 ? 1.5 : 0;
}

/** The places of the units that are worth more than `least`, the most for its length first. A short unit is cheap, but also says less. */
export function rankUnits({ worth, lengths }: Scores, least: number): Uint32Array {
  // Once for each unit: a sort asks for it again and again.
  const density = worth.map((own, at) => (own > 0 ? own / ((lengths[at] ?? 0) + 60) ** 0.5 : own));
  const order = Uint32Array.from(worth.keys()).filter((at) => (worth[at] ?? 0) > least);
  return order.sort((a, b) => (density[b] ?? 0) - (density[a] ?? 0) || a - b);
}
