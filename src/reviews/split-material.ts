// Which files are reviewed in which pass, and which in none.
import { findWhyLast, isMissedText } from "./rank-files.ts";
import type { LeftOut, ReviewedFile } from "./target.ts";

/** How much is reviewed at once, and how often. */
export interface PassLimits {
  /** Characters of diff in one pass. */
  readonly maxCharacters: number;
  readonly maxPasses: number;
}

/** The files of each pass, and what is in none. */
export interface Passes {
  readonly passes: readonly (readonly ReviewedFile[])[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Files of one folder stay together where they fit, and passes are filled in the order of paths. Where not everything fits, lock files, generated
 * and minified ones are left out first, then what comes last. No file is cut: half of a change reads as a wrong one.
 */
export function splitMaterial(files: readonly ReviewedFile[], { maxCharacters, maxPasses }: PassLimits): Passes {
  const passes: { files: ReviewedFile[]; room: number }[] = [];
  const leftOut: LeftOut[] = [];
  const findRoom = (size: number): (typeof passes)[number] | undefined => {
    const open = passes.find(({ room }) => room >= size);
    if (open !== undefined || size > maxCharacters || passes.length >= maxPasses) return open;
    const next = { files: [], room: maxCharacters };
    passes.push(next);
    return next;
  };
  const place = (file: ReviewedFile, why: string | undefined): void => {
    const size = file.diff.length;
    const pass = findRoom(size);
    if (pass !== undefined) {
      pass.files.push(file);
      pass.room -= size;
      return;
    }
    const reason =
      size > maxCharacters
        ? `its ${size} characters are more than one pass holds (${maxCharacters})`
        : `${maxPasses} ${maxPasses === 1 ? "pass has" : "passes have"} no more room`;
    leftOut.push({
      path: file.path,
      reason: why === undefined ? reason : `it ${why}, and ${reason}`,
      from: file.from,
      // One long line makes no file minified that somebody wrote.
      isMissed: isMissedText(file.path),
    });
  };
  const ranked = files.map((file) => ({ file, why: findWhyLast(file.path, file.diff) }));
  for (const folder of groupByFolder(ranked.filter(({ why }) => why === undefined))) {
    const size = folder.reduce((sum, { file }) => sum + file.diff.length, 0);
    const whole = findRoom(size);
    if (whole === undefined) {
      for (const { file } of folder) place(file, undefined);
    } else {
      whole.files.push(...folder.map(({ file }) => file));
      whole.room -= size;
    }
  }
  for (const { file, why } of ranked) if (why !== undefined) place(file, why);
  return { passes: passes.map(({ files }) => files), leftOut };
}

interface Ranked {
  readonly file: ReviewedFile;
  readonly why: string | undefined;
}

function groupByFolder(files: readonly Ranked[]): Ranked[][] {
  const folders = new Map<string, Ranked[]>();
  for (const ranked of files) {
    const { path } = ranked.file;
    const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    const known = folders.get(folder);
    if (known === undefined) folders.set(folder, [ranked]);
    else known.push(ranked);
  }
  return [...folders.values()];
}
