// What vectors do to the figures of words alone: a model that knows something helps, and the worst one does no harm.
import { describe, expect, test } from "vitest";
import { withEmbeddings } from "../../../src/memory/embeddings/with-embeddings.ts";
import { scoreMemory } from "../search/score-memory.ts";
import { embedAll, toEmbed, toNoiseVector, toPieceVector } from "./standin-vectors.ts";

const sets = [
  "test/fixtures/memory/harbour",
  "test/fixtures/memory/orchard",
  ...(process.env["LAB_MEMORY_SET"] ?? "").split(":").filter((s) => s !== ""),
];
describe.each(sets)("the set %s", (folder) => {
  test("words alone are never better", async () => {
    const alone = await scoreMemory(folder);
    console.log("words", JSON.stringify(alone));
    for (const toVector of [toPieceVector, toNoiseVector]) {
      const both = await scoreMemory(folder, async (memory) => {
        await embedAll(memory, "m", toVector);
        return withEmbeddings(memory, { embed: toEmbed(toVector), model: "m", redact: (t) => t, clock: Date.now });
      });
      console.log(toVector.name, JSON.stringify(both));
      for (const phrasings of ["one", "three"] as const) {
        expect.soft(both[phrasings].inFirstThree).toBeGreaterThanOrEqual(alone[phrasings].inFirstThree);
      }
    }
  });
});
