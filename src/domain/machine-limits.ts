// What a machine or a user can run out of, told by the code of a system error.

const MACHINE_LIMITS: ReadonlyMap<unknown, string> = new Map([
  ["EMFILE", "the bridge has as many files open as it may (ulimit -n)"],
  ["ENFILE", "the machine has as many files open as it can"],
  ["EAGAIN", "the machine starts no more processes for this user (ulimit -u)"],
  ["ENOMEM", "the machine has no memory left"],
  ["ENOSPC", "a disk is full"],
  ["EDQUOT", "the user's share of a disk is used up"],
]);

/** Limits that also make lookups fail, so that "not found" proves nothing. */
const BLINDING: ReadonlySet<unknown> = new Set(["EMFILE", "ENFILE", "EAGAIN", "ENOMEM"]);

/** Whether a thrown value means that lookups fail at the moment, because the machine or this process has run out of something. */
export function isBlinding(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && BLINDING.has(thrown.code);
}

/** What has run out, in words; undefined where a thrown value does not say so. */
export function findMachineLimit(thrown: unknown): string | undefined {
  return thrown instanceof Error && "code" in thrown ? MACHINE_LIMITS.get(thrown.code) : undefined;
}
