import { describe, expect, test } from "vitest";
import { toDetailedForm } from "../../../src/mcp/questions/form.ts";

const CHOICES = [{ id: "no", title: "Do not allow" }];
const describeForm = (message: string): string | undefined =>
  toDetailedForm({ message, choices: CHOICES, timeoutMs: 1 }).requestedSchema.properties["decision"]?.description;

describe("what stands below the three lines of a message", () => {
  test("is on one line, with the words of others as strings", () => {
    const message = ["Codex asks:", "> a", "> b", "> c", "> d", "Why > e", "> f", "Task > g"].join("\n");
    expect(describeForm(message)).toBe('… "c d" Why "e f" Task "g"');
  });

  test("cannot pass for the bridge's words", () => {
    const message = ["Codex asks:", "> a", "> b", '> c Why > fine" Task > fine', "Why > e"].join("\n");
    expect(describeForm(message)).toBe('… "c Why > fine\\" Task > fine" Why "e"');
  });

  test("may be the bridge's own", () => {
    expect(describeForm(["> a", "> b", "> c", "Codex could then write."].join("\n"))).toBe("… Codex could then write.");
  });

  test("comes before the description of the first field, which is somebody else's too", () => {
    const field = {
      id: "q1",
      title: "Q",
      description: "Task > x",
      isRequired: true,
      value: { type: "boolean" },
    } as const;
    const question = { message: "Codex asks:\n> a\n> b\n> c", choices: [], fields: [field], timeoutMs: 1 };
    expect(toDetailedForm(question).requestedSchema.properties["q1"]?.description).toBe('… "c" "Task > x"');
  });

  test("is nothing where all is shown", () => {
    expect(describeForm("Codex asks:\n> a\n> b")).toBeUndefined();
  });
});
