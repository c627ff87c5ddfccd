import { expect, test } from "vitest";
import { FINDINGS_SCHEMA } from "../../src/reviews/finding.ts";

test("the schema is strict, as a provider asks for: every property is required, and none may be added", () => {
  const visit = (schema: any): void => {
    if (schema.type === "array") visit(schema.items);
    if (schema.type !== "object") return;
    expect(schema.additionalProperties).toBe(false);
    expect([...schema.required].sort()).toEqual(Object.keys(schema.properties).sort());
    Object.values(schema.properties).forEach(visit);
  };
  visit(FINDINGS_SCHEMA);
});
