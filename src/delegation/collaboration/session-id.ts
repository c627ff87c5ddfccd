// The name of a session: the day, eight letters that make it its own, and what it is about.

/** As in `SESSION-20260317-D8VRQ2XM-zone-versions`. The last part may be missing. */
const FORM = /^SESSION-\d{8}-[A-Z0-9]{8}(?:-[a-z0-9-]{1,60})?$/;
const SLUG_WORDS = 5;
const SLUG_CHARACTERS = 40;
/** Without letters that are mistaken for each other. */
const LETTERS = "BCDFGHJKLMNPQRSTVWXYZ23456789";

/** Whether a text has the form of a session's name. */
export function isSessionId(text: string): boolean {
  return FORM.test(text);
}

/** Makes a name. `now`: epoch ms; `random` gives a whole number from 0 to below its argument. */
export function makeSessionId(title: string, now: number, random: (below: number) => number): string {
  const day = new Date(now).toISOString().slice(0, 10).replaceAll("-", "");
  const own = Array.from({ length: 8 }, () => LETTERS.charAt(random(LETTERS.length))).join("");
  const slug = toSlug(title);
  return ["SESSION", day, own, ...(slug === "" ? [] : [slug])].join("-");
}

// A title in another script has none.
function toSlug(title: string): string {
  const plain = title.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const words = plain.split(/[^a-z0-9]+/).filter((word) => word !== "");
  return words.slice(0, SLUG_WORDS).join("-").slice(0, SLUG_CHARACTERS).replace(/-+$/, "");
}
