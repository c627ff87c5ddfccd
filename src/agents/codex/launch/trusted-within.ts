// Warns about trusted projects below a directory that a turn may write. The turn could write their `.codex` folder, which Codex applies if a
// later turn works there.
import { existsSync } from "node:fs";
import { isInside } from "../../../domain/sandbox.ts";

const MOST_NAMED = 3;

/** The warning for a thread that may write in `areas`; undefined if no trusted project lies below one of them. */
export function describeTrustedWithin(
  areas: readonly string[],
  trustedProjects: readonly string[],
): string | undefined {
  const within = trustedProjects.filter(
    (project) => areas.some((area) => project !== area && isInside(project, area)) && existsSync(project),
  );
  if (within.length === 0) return undefined;
  const more = within.length > MOST_NAMED ? ` and ${within.length - MOST_NAMED} more` : "";
  const named = `${within.slice(0, MOST_NAMED).join(", ")}${more}`;
  return `This thread may write the .codex folder of projects that the user's config.toml trusts: ${named}. Codex applies that folder to later turns there, also outside the sandbox. To prevent this, work in the project itself.`;
}
