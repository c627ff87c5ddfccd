// Words that say nothing of what is asked for, in the languages that entries are often written in. They are left out of a question.
const ENGLISH =
  "a about above after again against all also always am an and any anybody anyone anything are around as at away back be because been before being below between both but by can cannot could did do does doing done down during each either else ever every everybody everything few for from get gets getting give gives given go goes going gone got had has have having he her here hers him his how i if in instead into is it its itself just let lets like made make makes making many may me might more most much must my neither nor not nothing now of off often on once one only onto or other others our out over own per please put rather really s same say says she should since so some somebody someone something still such t take taken takes taking tell than that the their them themselves then there these they thing things this those though through thus to together too two under until up upon us use used uses using very via want wanted was way we were what whatever when where whether which while who whom whose why will with within without would yet you your";
const GERMAN =
  "aber alle als am an auch auf aus bei beim bin bis da damit dann das dass dem den der des die dies diese dieser dieses doch dort du durch ein eine einem einen einer eines er es fur gab gibt hat hatte ich ihr im in ins ist ja jede jeder jedes kann kein keine mehr mit muss nach nicht noch nur ob oder ohne schon sein seine sich sie sind so soll sollte uber um und uns unter vom von vor war waren warum was wenn wer werden wie wieder wieso wir wird wo wohin wurde wurden zu zum zur zwischen";
const SPANISH =
  "a al algo antes como con contra cual cuando de del desde donde dos e el ella ellos en entre era es esa ese eso esta este esto fue ha han hasta hay la las le les lo los mas me mi muy no nos o para pero por porque que quien se ser si sin sobre son su sus tambien tiene todo todos tras un una uno unos y ya";
const FRENCH =
  "au aux avec ce ces cette comment dans des du elle en est et il ils je le les leur lui mais meme ne nous on ont ou par pas pour pourquoi quand que quel quelle qui sa sans se ses si sont sur te tu un une vous";
const PORTUGUESE =
  "ao aos as com como da das do dos em foi isso mais mas na nas nao nem num numa onde os ou para pela pelo por quando quem sao se sem ser seu sua tem um uma";

const STOP_WORDS: ReadonlySet<string> = new Set([ENGLISH, GERMAN, SPANISH, FRENCH, PORTUGUESE].join(" ").split(" "));

/** Two characters of hiragana are mostly grammar. */
const HIRAGANA_ALONE = /^\p{Script=Hiragana}{1,2}$/u;

/** Whether a folded word is left out of a question. */
export function isStopWord(folded: string): boolean {
  return STOP_WORDS.has(folded) || HIRAGANA_ALONE.test(folded);
}
