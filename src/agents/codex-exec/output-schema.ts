// The answer against the caller's JSON Schema: Codex hands the schema to the model, but checks nothing itself (facts 10).
import { BridgeError } from "../../domain/errors.ts";

/** Says what is wrong with an answer, or undefined when it fits. */
export type AnswerCheck = (content: string) => string | undefined;

/** Compiles a JSON Schema (2020-12). Throws INVALID_ARGUMENT for one that is none. */
export async function compileAnswerCheck(schema: Readonly<Record<string, unknown>>): Promise<AnswerCheck> {
  // By its default: in the bundle, a CommonJS module that is loaded late has no other export.
  const { default: dialect } = await import("ajv/dist/2020.js");
  const ajv = new dialect.Ajv2020({ strict: false, validateFormats: false, allErrors: false });
  const validate = compile(() => ajv.compile(schema));
  return (content) => {
    const answer = parse(content);
    if (answer === undefined) return "it is not JSON";
    return validate(answer.value) ? undefined : ajv.errorsText(validate.errors, { dataVar: "answer" });
  };
}

function compile<Check>(make: () => Check): Check {
  try {
    return make();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BridgeError("INVALID_ARGUMENT", `outputSchema is not a JSON Schema: ${reason}.`, { cause: error });
  }
}

function parse(content: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(content) };
  } catch {
    return undefined;
  }
}
