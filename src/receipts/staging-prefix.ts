/** What the name of a folder begins with in which files are made ready to be put in place. No snapshot contains one. */
export const STAGING_PREFIX = ".codex-bridge-undo-";
