// The change of a file, for a person: a unified diff without secrets.
import { createTwoFilesPatch } from "diff";
import { isSecret, redactSecrets } from "../domain/redact.ts";

/** The diff of a text, as a field of its report; none where nothing differs. */
export function toDiff(name: string, before: string, after: string): { diff?: string } {
  if (before === after) return {};
  const patch = createTwoFilesPatch(name, name, before, after, "", "", { context: 2 });
  return { diff: maskSecrets(patch.slice(patch.indexOf("---")).trimEnd()) };
}

// The lines around a change may hold what nobody should see in a terminal or a transcript.
function maskSecrets(text: string): string {
  const masked = text.replace(
    /("([^"\\]+)"\s*:\s*)"((?:[^"\\]|\\.)*)"/g,
    (whole, key: string, name: string, value: string) =>
      isSecret(name, value) && !value.includes("${") ? `${key}"[redacted]"` : whole,
  );
  return redactSecrets(masked);
}
