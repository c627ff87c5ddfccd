import { expect, test } from "vitest";
import { createNameClaims, takeName } from "../../../src/delegation/threads/name-claims.ts";
import { SILENT_LOGGER } from "../../../src/domain/logger.ts";

test("a name whose records cannot be read just now is free again afterwards", () => {
  const locked = new Set<string>();
  const locks = {
    take: (key: string) => {
      locked.add(key);
      return { kind: "taken", wasLeft: false, release: () => locked.delete(key) } as const;
    },
  };
  const claim = createNameClaims({ locks, project: "/p", logger: SILENT_LOGGER });
  const unreadable = {
    getByName: () => {
      throw new Error("EMFILE");
    },
  };
  expect(() => takeName("n", claim, unreadable)).toThrow("EMFILE");
  expect(locked).toEqual(new Set());
  const release = takeName("n", claim, { getByName: () => undefined });
  expect(locked.size).toBe(1);
  release();
  expect(locked).toEqual(new Set());
});
