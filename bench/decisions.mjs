// How the cost of a decision grows with the number of rules and with the length of the task.

const DECISIONS = 1_000;
const RULES = [10, 100, 1_000];
const TASK_BYTES = [1_000, 100_000];
/** Both grow a hundredfold: this much more time is linear. */
const BAR = 100;

/** One row for each growth; `createRouter` is the product's. */
export function benchDecisions(createRouter) {
  const took = (rules, bytes) => timeDecisions(createRouter(makeRules(rules)), makeTask(bytes));
  const times = new Map(RULES.flatMap((rules) => TASK_BYTES.map((bytes) => [`${rules}/${bytes}`, took(rules, bytes)])));
  const grow = (work, from, to) => {
    const [small, large] = [times.get(from), times.get(to)];
    const raw = { what: from, ms: small };
    return { work, times: { ours: large }, raw, ratio: large / small, bar: `× ${BAR}`, isMet: large / small <= BAR };
  };
  return [
    ...TASK_BYTES.map((bytes) =>
      grow(`1,000 decisions on ${bytes / 1_000} kB: 1,000 rules against 10`, `10/${bytes}`, `1000/${bytes}`),
    ),
    ...RULES.map((rules) =>
      grow(`1,000 decisions by ${rules} rules: 100 kB against 1 kB`, `${rules}/1000`, `${rules}/100000`),
    ),
  ].map((row) => ({ ...row, raw: { ...row.raw, what: "the smaller" } }));
}

function timeDecisions(route, task) {
  route({ task });
  const start = performance.now();
  for (let at = 0; at < DECISIONS; at += 1) route({ task });
  return performance.now() - start;
}

// Different words for each rule, and a phrase that begins like many others.
function makeRules(count) {
  return {
    routing_config: {
      version: "bench",
      default_agent: "claude_code",
      context_window: { max_tokens: 128_000, compression_threshold: 0.85, preservation_strategy: "hierarchical" },
      negations: ["not", "without"],
      leads: { do: ["run", "fix"], explain: ["explain"] },
      routing_rules: Array.from({ length: count }, (_, at) => ({
        rule_id: `rule_${at}`,
        priority: at % 100,
        conditions: { keywords: [`word${at}`, `shared${at % 10}`, `run the thing${at}`], context_size: ">100" },
        action: { target_agent: "codex_cli" },
      })),
      escalation_policies: [],
    },
  };
}

function makeTask(bytes) {
  const words = Array.from({ length: bytes / 8 }, (_, at) => (at % 7 === 0 ? "run the" : `word${at % 5_000}`));
  return `Fix this: ${words.join(" ")}`.slice(0, bytes);
}
