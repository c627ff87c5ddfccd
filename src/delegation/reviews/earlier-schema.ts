// What a model says of the findings of an earlier review: the part of the schema, and of the answer.
import { isRecord } from "../../domain/guards.ts";
import { LooseObject, type LooseValue, readLooseValues } from "../../reviews/answers/loose-json.ts";
import { FINDINGS_SCHEMA } from "../../reviews/finding.ts";

/** What a model decided of an earlier finding. */
export interface Decision {
  readonly id: string;
  readonly isSettled: boolean;
  readonly why: string | undefined;
}

const EARLIER = {
  type: "array",
  items: {
    type: "object",
    additionalProperties: false,
    required: ["id", "isSettled", "why"],
    properties: {
      id: { type: "string", description: "Id of the earlier finding." },
      isSettled: { type: "boolean", description: "Whether what it found is mended." },
      why: { type: "string", description: "One sentence." },
    },
  },
};

/** The schema of an answer. */
export function toSchema(asksEarlier: boolean): Readonly<Record<string, unknown>> {
  if (!asksEarlier) return FINDINGS_SCHEMA;
  const { required, properties } = FINDINGS_SCHEMA;
  return {
    ...FINDINGS_SCHEMA,
    required: [...(Array.isArray(required) ? required : []), "earlier"],
    properties: { ...(isRecord(properties) ? properties : {}), earlier: EARLIER },
  };
}

/**
 * The decisions in an answer: those that stand beside a list of findings. An answer with several lists may quote one of somebody else: then nothing
 * is settled that not all of them settle. What is no clear decision is left out, so that its finding stays open.
 */
export function readDecisions(answer: string): Decision[] {
  const answers = readLooseValues(answer).flatMap(({ value }) =>
    readField(value, "findings") === undefined ? [] : [readOne(value)],
  );
  const isByAll = ({ id }: Decision): boolean =>
    answers.every((decisions) => decisions.some((one) => one.id === id && one.isSettled));
  return answers.flat().filter((decision) => !decision.isSettled || isByAll(decision));
}

function readOne(value: LooseValue): Decision[] {
  const lists = value instanceof LooseObject ? value.entries.filter(([key]) => key === "earlier") : [];
  return lists.flatMap(([, entries]) => {
    if (!Array.isArray(entries)) return [];
    return entries.flatMap((entry: LooseValue) => {
      const [id, isSettled, why] = ["id", "isSettled", "why"].map((name) => readField(entry, name));
      if (typeof id !== "string" || typeof isSettled !== "boolean") return [];
      return [{ id, isSettled, why: typeof why === "string" ? why : undefined }];
    });
  });
}

function readField(value: LooseValue, name: string): LooseValue | undefined {
  return value instanceof LooseObject ? value.entries.find(([key]) => key === name)?.[1] : undefined;
}
