// The prompt of a hand-off: task, context, goal, constraints, expected output. The caller's own headings stay as they are.

/** Sections that an item can name as its source. */
export const SECTIONS = ["goal", "constraints", "expected output"] as const;

/** One of them. */
export type Section = (typeof SECTIONS)[number];

/** What goes along with a task. */
export interface HandedParts {
  /** "" if nothing. */
  readonly text: string;
  readonly sections: Readonly<Partial<Record<Section, string>>>;
  /** Whether something was left out of `text`. */
  readonly isCut: boolean;
}

const TITLES: Readonly<Record<Section, string>> = {
  goal: "Goal",
  constraints: "Constraints",
  "expected output": "Expected Output",
};
const OWN_HEADING = /^(?:#{1,6}\s+\S|(?:task|context|goal|constraints|expected output):)/im;
const OWN_CONTEXT = /^(?:#{1,6}\s+context\b|context:)/im;
const OWN_EXPECTED = /^(?:#{1,6}\s+expected output\b|expected output:)/im;
const CUT = " (in part; […] marks what was left out)";

/** Which section an item belongs to by its source; undefined for the context. */
export function toSection(source: string | undefined): Section | undefined {
  const name = source?.trim().toLowerCase().replace(/:$/, "");
  return SECTIONS.find((section) => section === name);
}

/** Writes the prompt. Without a context it is the task, to the byte. */
export function composePrompt(task: string, { text, sections, isCut }: HandedParts): string {
  const filled = SECTIONS.filter((section) => sections[section] !== undefined);
  if (text === "" && filled.length === 0) return task;
  const hasOwn = OWN_HEADING.test(task);
  const title = OWN_CONTEXT.test(task) ? "Further context" : "Context";
  return [
    hasOwn ? task : `## Task\n${task}`,
    ...(text === "" ? [] : [`## ${title}${isCut ? CUT : ""}\n${text}`]),
    ...filled.map((section) => `## ${toTitle(section, task)}\n${sections[section]}`),
  ].join("\n\n");
}

function toTitle(section: Section, task: string): string {
  return section === "expected output" && OWN_EXPECTED.test(task) ? "Further expected output" : TITLES[section];
}
