/** Whether a name in a question stands for a stored session: the whole id, an id without its last words, or the one part of it that is a code. */
export function standsFor(name: string, session: string): boolean {
  const [said, stored] = [name.toLowerCase(), session.toLowerCase()];
  if (said === stored) return true;
  if (/^session-\d{8}-[a-z0-9]{8}/.test(said)) return stored.startsWith(`${said}-`);
  return said.length >= 6 && /\d/.test(said) && /\p{L}/u.test(said) && stored.split("-").includes(said);
}
