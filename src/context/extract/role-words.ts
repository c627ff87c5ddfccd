// The words by which a heading, a lead-in or a question says which part of a summary follows.

/** A role that a heading, a lead-in or a question gives to what follows it. */
export type Role = (typeof ROLE_NAMES)[number];

/** All of them. */
export const ROLE_NAMES = ["task", "goal", "state", "decision", "next"] as const;

const ROLES: readonly (readonly [Role, RegExp])[] = [
  [
    "next",
    /(?:^|[^\p{L}])(?:next(?: steps?| up| on my side)?|to-?dos?|recommended|suggested actions?|action items|follow-?ups?|remaining|what comes (?:next|now)|what I do now|left to do|what(?:'s| is) (?:left|missing)|als nächstes|nächste schritte|zu tun|weiteres vorgehen|próximos pasos|prochaines étapes)(?:[^\p{L}]|$)|次に|今後/iu,
  ],
  [
    "state",
    /(?:^|[^\p{L}])(?:where (?:are we|we are|do we stand|(?:it|this|things) stands?)|current state|state|status|so far|sum(?:mary|marise|marize)?(?: up)?|how far|stand|zusammenfassung|estado|état)(?:[^\p{L}]|$)|状態|まとめ|状況/iu,
  ],
  [
    "decision",
    /(?:^|[^\p{L}])(?:decisions?|decided|agreed|what we (?:do|decided)|rules?|festlegungen|entscheidungen|beschlüsse|decisiones|décisions)(?:[^\p{L}]|$)|^(?:the |proposed |detailed )?design$|決定/iu,
  ],
  [
    "goal",
    /(?:^|[^\p{L}])(?:goals?|objectives?|aims?|requirements?|what we want|ziele?|anforderungen|objetivos?|objectifs?)(?:[^\p{L}]|$)|目的|目標/iu,
  ],
  [
    "task",
    /(?:^|[^\p{L}])(?:task|what (?:it|this) is about|why now|background|problem|motivation|context|worum es geht|aufgabe|hintergrund|tarea|tâche)(?:[^\p{L}]|$)|課題|背景/iu,
  ],
];

/** The role that a heading or a lead-in gives; undefined if none. */
export function findRole(text: string): Role | undefined {
  if (text.length > 120) return undefined;
  return ROLES.find(([, pattern]) => pattern.test(text))?.[0];
}
