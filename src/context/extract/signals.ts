// What a sentence carries for somebody who takes the work over, told by its words. English and the languages that prompts come in most.

/** What a unit may carry. */
export type Signal =
  | "task"
  | "goal"
  | "constraint"
  | "decision"
  | "state"
  | "next"
  | "error"
  | "cause"
  | "place"
  | "identifier"
  | "quantity"
  | "smallTalk"
  | "question"
  | "tentative"
  | "detail";

const word = (words: string): RegExp => new RegExp(`(?<![\\p{L}\\p{N}_])(?:${words})(?![\\p{L}\\p{N}_])`, "iu");

const PATTERNS: Readonly<Record<Signal, RegExp>> = {
  task: word(
    "task|please (?:add|fix|find|write|review|make|build|look)|(?:add|fix|find|implement|build|migrate|replace|repair|review|rewrite|write|investigate|refactor|move|port|design|upgrade|make|create|introduce|remove|support) (?:the|a|an|all|our|every|its|why|how|of)|aufgabe|auftrag|tarea|tâche|wanted|ask for|what I ask",
  ),
  goal: word(
    "goals?|aims?|objective|purpose|target|must (?:finish|equal|be|not|stay|hold|run|work|end|fit|take|have|never|answer|keep|survive)|(?:no|not|zero|nothing) .{0,40}(?:may|must|before)|within \\d+|by (?:the end|\\d)|so that|success means|done when|ziel|objetivo|objectif|soll(?:en)?",
  ),
  constraint: word(
    "must(?:n't)?|never|only|do not|don't|may not|cannot|can't|without|always|at (?:most|least)|exactly|no longer|shall|required?|requirement|constraint|limit(?:s|ed)?|forbidden|not allowed|else|except|unless|instead of|needs? (?:a|to)|has to|have to|please (?:keep|not|don't|no)|nur|nie(?:mals)?|muss|müssen|darf|dürfen|kein(?:e|en|er)?|ohne|immer|höchstens|mindestens|nunca|sólo|solo|siempre|jamais|seulement|toujours|doit",
  ),
  decision: word(
    "decided?|decision|agree(?:d)? (?:on|to|that)|we (?:use|take|keep|choose|chose|go|will|drop|stay)|chosen|settled|approved|rejected|instead|(?:is|are|gets?|becomes?|stays?|remains?) (?:not |never |then |only |also |always )?[a-z-]+(?:ed|en|wn|pt|lt|ld|ade|ept|ut)|promises?|carries|(?:matches|belongs?|goes|go) (?:to|by|into)|idempotent|rather than|no (?:separate|own|new)|entschieden|beschlossen|festgelegt|stattdessen|decidimos|decidido|décidé|決定|决定",
  ),
  state: word(
    "state|status|so far|now|not (?:\\w+ ){0,4}yet|yet|still|done|finished|complete(?:d)?|is (?:fixed|merged|deployed|green|red|ready|on main|in)|are (?:green|red|fixed|done|merged|ready)|undecided|pending|blocked|remains?|works?|summary|verdict|result|in progress|stand|fertig|noch nicht|erledigt|offen|ahora|pendiente|terminé|encore",
  ),
  next: word(
    "next(?: steps?)?|to-?do|recommended|then|remaining|open (?:point|question|item)s?|left to do|follow-up|afterwards|clarify|tomorrow|later|(?:must|has to|have to|needs to|should) be|als nächstes|danach|nächster schritt|pr[oó]ximo|siguiente|ensuite|prochaine",
  ),
  error: word(
    "errors?|fail(?:s|ed|ure|ures|ing)?|exception|fault|bug|wrong|broken|crash(?:es|ed)?|leak|timeout|timed out|deadlock|refused|denied|corrupt|lost|missing|twice|killed?|kills|panic|fatal|exit code|caused by|raises?|\\w+(?:Error|Exception)|regression|overlap|flaky|fehler|falsch|kaputt|fallo|erreur",
  ),
  cause: word(
    "because|since|cause(?:d|s)?|reason|due to|therefore|so the|explains?|introduced|consequence|root|proves?|measured|turned out|found|deviation|affected|weil|ursache|grund|porque|parce que",
  ),
  place:
    /[\w./-]+\.\w{1,5}:\d+|(?:[\w.@-]+\/){1,}[\w.-]+\.\w{1,6}|\b[\w-]+\.(?:ts|js|mjs|py|java|go|rs|rb|sql|json|ya?ml|toml|md|sh|kt|cs|cpp|c|h|php|properties|xml|lock)\b/,
  identifier:
    /`[^`]+`|\b[A-Z][A-Z\d]*_[A-Z\d_]+\b|\b[a-z\d]+_[a-z\d_]+\b|\b[A-Z]{2,6}-\d+\b|\b(?=[a-f]*\d)(?=\d*[a-f])[\da-f]{7,40}\b|\b[A-Za-z_]\w*\(\)|(?:^|\s)--[a-z][\w-]+|\b[a-z]+[A-Z]\w+\b|\b[A-Z][a-z]+[A-Z]\w+\b|\b\w+=\S+|\bv?\d+\.\d+(?:\.\d+)+\b|\b[A-Z]\w*\/[A-Z]\w+\b/,
  quantity:
    /\d[\d.,]*\s?(?:%|percent|ms|s|sec(?:onds?)?|min(?:utes?)?|h|hours?|days?|weeks?|months?|years?|[kKMGT]i?B|bytes?|EUR|USD|€|\$|x|times|per|req|rps|lines?|rows?|jobs?|workers?|tests?|of \d|requests?|users?|plants?|kWh|V|W|°C)(?![\p{L}\d])|\d{1,3}(?:,\d{3})+|\b\d{1,2}:\d{2}\b|\b\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)/u,
  smallTalk:
    /^(?:[\w-]{1,12}: )?(?:ok(?:ay)?|thanks?|thank you|lol|haha\w*|nice|great|good (?:morning|catch|idea|find|question)|fine|agreed|sure|yes|no|hi|hello|morning|cool|perfect|done|noted|fixed|will do|sehr schön|danke|gut|ja|typisch|puh|na gut|wonderful|understood|convincing|true)\b/i,
  question: /[?？]["')]*$/,
  tentative: word(
    "maybe|perhaps|could|would|might|I (?:think|believe|suppose|guess|wonder)|alternative(?:ly)?|one thought|suggest|propose|let me|nice things|stupid|let's (?:see|not)|vielleicht|könnte|würde",
  ),
  detail: word("nit|typo|by the way|btw|nebenbei|aside|warning|notice|hint|debug|trace|info"),
};

/** Longer runs without a blank are read at both ends only: the patterns would take quadratic time on them. */
const LONG_RUN = /\S{120,}/g;

/** What a unit carries. */
export function findSignals(unit: string): Set<Signal> {
  const text = unit.replace(LONG_RUN, (run) => `${run.slice(0, 40)}${run.slice(-60)}`);
  const found = new Set<Signal>();
  for (const [signal, pattern] of Object.entries(PATTERNS)) {
    if (isSignal(signal) && pattern.test(text)) found.add(signal);
  }
  return found;
}

function isSignal(name: string): name is Signal {
  return name in PATTERNS;
}
