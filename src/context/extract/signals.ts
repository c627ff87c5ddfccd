// What a sentence carries for somebody who takes the work over, told by its words: English, and the languages that prompts come in most.

/** What a unit may carry. */
export type Signal =
  | "task"
  | "goal"
  | "target"
  | "constraint"
  | "decision"
  | "state"
  | "next"
  | "error"
  | "cause"
  | "place"
  | "identifier"
  | "quantity"
  | "evidence"
  | "imperative"
  | "smallTalk"
  | "question"
  | "tentative"
  | "replaced"
  | "personal"
  | "past"
  | "detail";

/** Whole words, in any case. `cjk` is looked for without word borders, since these scripts have none. */
function word(words: string, cjk?: string): RegExp {
  const own = `(?<![\\p{L}\\p{N}_])(?:${words})(?![\\p{L}\\p{N}_])`;
  return new RegExp(cjk === undefined ? own : `${own}|${cjk}`, "iu");
}

/** Verbs with which people ask for work. */
const VERBS =
  "add|allow|analy[sz]e|ask|backport|bring|build|bump|change|check|clarify|clean|compare|convert|copy|create|cut|debug|define|delete|deploy|describe|design|document|drop|enable|ensure|export|extend|extract|file|find|finish|fix|flush|give|handle|implement|import|improve|integrate|introduce|investigate|keep|let|limit|load|make|measure|merge|migrate|move|open|optimi[sz]e|pin|port|prepare|protect|publish|put|raise|rebuild|recompute|reduce|refactor|release|remove|rename|repair|replace|reproduce|restart|restore|revert|review|rewrite|roll|run|schedule|send|separate|set|ship|show|simplify|speed|split|stop|store|support|switch|tell|test|track|translate|tune|turn|update|upgrade|use|validate|verify|wait|write";

const PATTERNS: Readonly<Record<Signal, RegExp>> = {
  task: word(
    `task|assignment|(?:please|must|should|to|need to|want to|have to|has to|can you|could you|let's|shall) (?:${VERBS})|we (?:need|want|are building|build|replace|move)|(?:this|the) (?:change|pr|pull request|patch|plan|document|thread|run|session|ticket|pipeline|proposal|draft|project)|(?:${VERBS}) (?:the|a|an|all|our|every|its|how|why)|(?:is|are) (?:moving|moved|replaced|rewritten|migrated|split)|nightly|aufgabe|auftrag|bitte|wir (?:bauen|brauchen|wollen|müssen|ersetzen|stellen)|soll(?:en)?|zieht|tarea|necesitamos|tâche|il faut`,
    "してください|してほしい|お願い|したい|ましょう|課題|依頼|请|需要",
  ),
  goal: word(
    "goals?|aims?|objectives?|purpose|target|success|done when|so that|within \\d+|by the end|what matters|only if|(?:no|not|zero|nothing|nobody|never|none) .{0,60}(?:may|must|can|before|ever|more than)|must .{0,80}|may (?:ever|never|not)|(?:no|not) (?:more|longer|less) than|less than \\d+|at (?:most|least) \\d+|ziel(?:e)?|erfolg|wenn jede|gelungen|höchstens|mindestens|muss|müssen|darf|objetivo|objectif|meta|doit|doivent|devra|debe|deben|deberá|aucun|aucune|ningún|ninguna|nadie",
    "目的|目標|必ず|こと。|以内|ゴール|目标|必须",
  ),
  target: word(
    "^(?:no|nobody|nothing|none|zero) .{2,60} (?:may|must|can|should|before|ever)|must .{0,80}(?:within|less than|more than|at most|at least|below|above|under|equal|identical|exactly|or less)|(?:within|less than|at most|below|under|faster than) \\d|success|only if|so that|wenn jed|in (?:weniger|höchstens)|(?:tou(?:te)?s|chaque|todos|todas|cada|ningún|aucune?|nadie) .{3,80}(?:doi(?:ven)?t|debe[n]?|puede[n]?|peut|peuvent)|en moins de|en menos de",
    "以内|必ず",
  ),
  constraint: word(
    "must(?:n't)?|never|only|do not|(?:please|^) ?don't|may not|cannot|without|always|at (?:most|least)|exactly|no longer|shall|requir(?:es?|ed|ements?)|constraints?|limit(?:s|ed)?|forbidden|not allowed|except|unless|instead of|has to|have to|nobody|otherwise|or else|whatever|nur|nie(?:mals)?|muss|müssen|darf|dürfen|kein(?:e|en|er|s)?|ohne|immer|höchstens|mindestens|niemand|sonst|nunca|sólo|solo|siempre|ningún|ninguna|nadie|al menos|como máximo|jamais|seulement|toujours|doit|doivent|sans|aucun|aucune|au plus|au moins",
    ", (?:no|not|never) \\p{L}|してはいけ|しないで|ないこと|だけ|必ず|のみ|禁止|ません。|ない。|不要|必须|只|不能|不得",
  ),
  decision: word(
    "decided?|decisions?|agreed|(?:each|every) [a-z-]+ (?:is|has|gets|must|goes|carries|keeps|\\w+s)|we (?:use|take|keep|choose|chose|go|will|drop|stay|block|do)|chosen|settled|approved|rejected|instead|rule|policy|(?:is|are|gets?|becomes?|stays?|remains?|be) (?:not |never |then |only |also |always |now )?(?:[a-z-]+(?:ed|en|wn|pt|lt|ld|ut)|made|read|set|kept|sent|built|held)|rather than|wins|entschieden|beschlossen|festgelegt|stattdessen|bleib(?:t|en)|gewinnt|(?:wird|werden) .{3,80}(?:t|en)\\.?|steht|decidimos|decidido|acordado|usamos|nos quedamos|elegimos|dejamos|vamos a|cada \\p{L}+ (?:tiene|recibe|debe|va|lleva|guarda)|en vez de|en lugar de|décidé|convenu|on (?:utilise|prend|garde|choisit|reste|laisse|bloque)|chaque \\p{L}+ (?:a|reçoit|doit|va|porte|garde)|au lieu de|plutôt que",
    ", (?:no|not|never|nur|kein\\w*|ohne|and not|sin|sans) \\p{L}|決定|決め|とする|とし、|にする|ことにし|使わない|使い、|决定",
  ),
  state: word(
    "state|status|so far|now|currently|at the moment|not (?:\\w+ ){0,4}yet|yet|still|done|finished|completed?|is (?:fixed|merged|deployed|green|red|ready|on main|in|live|healthy)|are (?:green|red|fixed|done|merged|ready|live)|undecided|pending|blocked|remains?|works|pass(?:es)?|summary|verdict|in progress|(?:fix|change|version|plan|build|test|migration|import|deploy|rollout)\\w* (?:is|are)|on (?:staging|production|main|master|develop)|stand|fertig|noch (?:nicht|nichts|kein|keine)|erledigt|offen|ahora|pendiente|todavía|terminé|encore|pas encore",
    "まだ|済み|完了|状態|現在|途中|未|目前|尚未|已",
  ),
  next: word(
    `next(?: steps?| up)?|to-?dos?|recommended|suggested|actions?|remaining|left to do|follow-?ups?|afterwards|tomorrow|tonight|on (?:mon|tues|wednes|thurs|fri|satur|sun)day|before (?:the|it|we)|(?:must|has to|have to|needs to|should) be|als nächstes|nächste[rnsm]?|danach|zu tun|bevor|pr[oó]xim[oa]s?|siguientes?|después|ensuite|prochaine?s?`,
    "次に|次は|今後|これから|接下来|下一步|予定",
  ),
  error: word(
    "errors?|fail(?:s|ed|ure|ures|ing)?|exceptions?|faults?|bugs?|wrong|broken|breaks?|crash(?:es|ed)?|timeouts?|timed out|deadlocks?|refused|denied|corrupt(?:ed)?|lost|loses?|missing|twice|kill(?:ed|s)?|panic|fatal|exit (?:code|status)|raises?|regressions?|warning|severity|vulnerab\\w+|CVE|expected .{0,80}(?:but|to be|got|received|actual)|assert\\w*|\\w+(?:Error|Exception)|fehl(?:er|t|en|schl\\w+)|falsch|kaputt|verlor\\w+|fallo|error(?:es)?|erreurs?",
    "エラー|失敗|障害|不具合|バグ|例外|二重|错误|失败",
  ),
  cause: word(
    "because|causes?|caused|reasons?|due to|therefore|which is why|explains?|introduced|consequence|root cause|first bad|measured|turned out|found|deviations?|affected|since (?:commit|migration|version|v?\\d)|before the|or (?:it|they|the) .{3,40}|which (?:tripled|doubled|broke|made)|weil|ursache|grund|deshalb|porque|causa|parce que",
    "原因|ため|から、|理由|因为",
  ),
  place:
    /[\w./-]+\.\w{1,5}:\d+|(?:[\w.@-]+\/){1,}[\w.-]+\.\w{1,6}|\b[\w-]+\.(?:ts|js|mjs|py|java|go|rs|rb|sql|json|ya?ml|toml|md|sh|kt|cs|cpp|c|h|php|properties|xml|lock|swift|tsx|jsx|vue|ini|cfg)\b/,
  identifier:
    /`[^`]+`|\b[A-Z][A-Z\d]*_[A-Z\d_]+\b|\b[a-z\d]+_[a-z\d_]+\b|\b[A-Z]{2,6}-\d+\b|\b(?=[a-f]*\d)(?=\d*[a-f])[\da-f]{7,40}\b|\b[A-Za-z_]\w*\(\)|\b[A-Z]{3,}(?: [A-Z]{2,}){1,4}\b|(?:^|\s)--[a-z][\w-]+|\b[a-z]+[A-Z]\w+\b|\b[A-Z][a-z]+[A-Z]\w+\b|\b\w+=\S+|\bv?\d+\.\d+(?:\.\d+)+\b|\b[A-Z]\w*\/[A-Z]\w+\b|\b(?=\w*\d)(?=\w*[a-z])[a-z\d]+-[a-z\d-]+\b/,
  quantity:
    /\d[\d.,]*\s?(?:%|percent|prozent|ms|s|sec(?:onds?)?|sekunden?|min(?:utes?|uten)?|h|hours?|stunden?|days?|tagen?|weeks?|wochen?|months?|monaten?|years?|jahren?|[kKMGTP]i?B|bytes?|EUR|USD|€|\$|euro|x|times|mal|per|req|rps|lines?|rows?|jobs?|workers?|tests?|of \d|requests?|users?|entries|files?|queries|million(?:en)?|billion|V|W|kWh|°C|px)(?![\p{L}\d])|\d+\s?(?:件|円|秒|分|時間|日|回|人|行|個)|\d{1,3}(?:[,.]\d{3})+|\b\d{1,2}:\d{2}\b|\b\d{1,2}\.? (?:Jan|Feb|M[aä]r|Apr|May|Mai|Jun|Jul|Aug|Sep|O[ck]t|Nov|De[cz])/iu,
  evidence:
    /\b\d[\d,.]*\s+(?:passed|failed|skipped|errors?|differences?|mismatch(?:es)?|deviations?|abweichung(?:en)?|lost|missing|of \d)\b|\b(?:compared|verified|tested|measured|checked|confirmed|geprüft|gemessen|reproduced)\b|テスト.{0,10}通/iu,
  imperative: new RegExp(
    `^(?:please |then |now |first |also |bitte )?(?:${VERBS})(?![\\p{L}\\p{N}_'])(?! (?:it|that|this|them)?[.!?]$)`,
    "iu",
  ),
  smallTalk:
    /^(?:(?:ok(?:ay)?|thanks?|thank you|thx|lol|haha\w*|nice|great|good (?:morning|catch|idea|find|question|night|point)|fine|agreed|sure|yes|yeah|no|hi|hello|hey|morning|cool|perfect|done|noted|fixed|gone|will do|danke|gut|ja|nein|typisch|puh|na gut|wonderful|understood|convincing|true|right|ouch|phew|sorry|welcome|beautiful|super|schön|top|klar|genau|jo|moin|guten|merci|gracias|vale|bonjour|salut|désolée?|bon appétit|à demain|hasta (?:luego|mañana)|adiós|hola|buen[oa]s (?:días|tardes)|perdón|perdona[d]?|parfait|génial|genial|perfecto)(?:[\s,]+(?:\p{L}+))?(?=[,.!:;)]|$)|はい|ありがとう|お疲れ|承知|了解|なるほど|すみません|いいですね)/iu,
  question: /[?？]["')\]]*$/,
  tentative: word(
    "maybe|perhaps|could|would|might|I (?:think|believe|suppose|guess|wonder|hope|like)|alternatives?|alternatively|one thought|suggest|let me|let's (?:see|not)|probably|somebody|sometime|some day|one day|nice to have|out of curiosity|vielleicht|könnte[n]?|würde[n]?|wäre[n]?|hätte[n]?|vermutlich|quizás|peut-être",
    "かもしれ|でしょうか|うーん|どうしましょう|也许",
  ),
  replaced: word(
    "(?:my |the )?first (?:idea|guess|thought|version|plan)|originally|at first|it used to|until last|no longer is|was before|used to be|off the table|outdated|superseded|obsolete|earlier I|previously|ursprünglich|zunächst|überholt|vom tisch|früher|damals|anfangs|al principio|au début",
    "最初は|以前は|当初|当时|原来",
  ),
  personal: word(
    "I|I'm|I'd|I'll|I've|me|my|you|your|you're|ich|mir|mich|mein\\w*|du|dir|dich|ihr|yo|tú|je|tu|vous",
    "私|あなた",
  ),
  past: word(
    "was|were|wasn't|weren't|had|did|didn't|went|tried|looked|found|wanted|said|asked|thought|argued|pointed|suggested|war|waren|hatte[n]?|wurde[n]?|ging|kam|fue|était",
    "ました|だった",
  ),
  detail: word(
    "nits?|typos?|by the way|btw|nebenbei|übrigens|aside|hint|debug|trace|info|anecdote|laugh(?:ed|ter)?|funny|curious",
  ),
};

const SIGNALS: readonly Signal[] = Object.keys(PATTERNS).filter(isSignal);

/** Longer runs without a blank are read at both ends only: the patterns would take quadratic time on them. */
const LONG_RUN = /[^\s\u3000-\u9fff\uac00-\ud7a3\uff00-\uffef]{120,}/g;

/** What a unit carries. `text` stands without the name of its speaker. */
export function findSignals(text: string): Set<Signal> {
  const short = shortenRuns(text);
  return new Set(SIGNALS.filter((signal) => PATTERNS[signal].test(short)));
}

/** Whether a unit carries one signal. */
export function hasSignal(text: string, signal: Signal): boolean {
  return PATTERNS[signal].test(shortenRuns(text));
}

function shortenRuns(text: string): string {
  if (text.length < 120) return text;
  return text.replace(LONG_RUN, (run) => `${run.slice(0, 40)}${run.slice(-60)}`);
}

function isSignal(name: string): name is Signal {
  return name in PATTERNS;
}
