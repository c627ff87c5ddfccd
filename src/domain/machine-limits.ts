// Recognises by a system error's code what the machine or the user has run out of.

const MACHINE_LIMITS: ReadonlyMap<unknown, string> = new Map([
  ["EMFILE", "the bridge has as many files open as it may (ulimit -n)"],
  ["ENFILE", "the machine has as many files open as it can"],
  ["EAGAIN", "the machine starts no more processes for this user (ulimit -u)"],
  ["ENOMEM", "the machine has no memory left"],
  ["ENOSPC", "a disk is full"],
  ["EDQUOT", "the user's share of a disk is used up"],
]);

/** With these limits lookups fail too, so that "not found" proves nothing. */
const BLINDING: ReadonlySet<unknown> = new Set(["EMFILE", "ENFILE", "EAGAIN", "ENOMEM"]);

/** Whether an error means that lookups fail at the moment, because the machine or this process has run out of something. */
export function isBlinding(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && BLINDING.has(thrown.code);
}

/** What has run out, in words; undefined if the error does not say so. */
export function findMachineLimit(thrown: unknown): string | undefined {
  return thrown instanceof Error && "code" in thrown ? MACHINE_LIMITS.get(thrown.code) : undefined;
}
