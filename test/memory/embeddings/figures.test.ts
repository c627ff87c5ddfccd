// What vectors do to the figures of words alone. `LAB_MEMORY_SET=../shared/memory` takes another set.
import { describe, expect, test } from "vitest";
import { withEmbeddings } from "../../../src/memory/embeddings/with-embeddings.ts";
import { type Scores, scoreMemory } from "../search/score-memory.ts";
import { embedAll, toEmbed, toNoiseVector, toPieceVector } from "./standin-vectors.ts";

const SETS = [process.env["LAB_MEMORY_SET"] ?? "test/fixtures/memory/orchard"];

async function scoreBoth(
  folder: string,
  toVector: (text: string) => number[],
): Promise<{ one: Scores; three: Scores }> {
  return scoreMemory(folder, async (memory) => {
    await embedAll(memory, "m", toVector);
    return withEmbeddings(memory, { embed: toEmbed(toVector), model: "m", redact: (text) => text, clock: Date.now });
  });
}

describe.each(SETS)("the set %s", (folder) => {
  test("with a weak model, and with one that knows nothing, it is never worse than words alone", async () => {
    const alone = await scoreMemory(folder);
    for (const toVector of [toPieceVector, toNoiseVector]) {
      const both = await scoreBoth(folder, toVector);
      for (const asked of ["one", "three"] as const) {
        const { inFirstThree, ...others } = alone[asked];
        expect(both[asked].inFirstThree).toBeGreaterThanOrEqual(inFirstThree);
        // Vectors are near to something whatever is asked, so they have no say in whether anything answers.
        expect(both[asked]).toMatchObject(others);
      }
    }
  }, 120_000);
});
