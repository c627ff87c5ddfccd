// One list of what several passes found.
import type { CheckedFinding, Finding } from "./finding.ts";
import { isSameMatter } from "./same-matter.ts";
import { orderFindings } from "./verdict.ts";

/**
 * Puts the findings of all passes into one list, in order and numbered. Two become one if they are of different passes and about the same matter
 * (`isSameMatter`). In doubt both stay. The one that comes first in the order is kept, and has the others in `merged`.
 */
export function mergeFindings(passes: readonly (readonly CheckedFinding[])[]): Finding[] {
  const groups: { readonly main: CheckedFinding; readonly merged: CheckedFinding[]; readonly passes: Set<number> }[] =
    [];
  const all = passes.flatMap((findings, pass) => findings.map((finding) => ({ ...finding, pass })));
  for (const { pass, ...finding } of orderFindings(all)) {
    const group = groups.find(({ main, passes }) => !passes.has(pass) && isSameMatter(main, finding));
    if (group === undefined) groups.push({ main: finding, merged: [], passes: new Set([pass]) });
    else {
      group.merged.push(finding);
      group.passes.add(pass);
    }
  }
  return groups.map(({ main, merged }, index) => {
    // One that was merged before brings its own along.
    const all = [...(main.merged ?? []), ...merged.flatMap(({ merged = [], ...one }) => [one, ...merged])];
    return { ...main, id: `F${index + 1}`, ...(all.length === 0 ? {} : { merged: all }) };
  });
}
