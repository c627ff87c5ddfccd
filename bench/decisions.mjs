// How the cost of a decision grows with the number of rules and with the length of the task.

const DECISIONS = 1_000;
const RULES = [10, 100, 1_000];
const TASK_BYTES = [1_000, 100_000];
/** Growth is measured in one run on a shared machine: this much above linear is noise. */
const NOISE = 1.25;

/** Times 1,000 decisions of each kind; `createRouter` is the product's. */
export function benchDecisions(createRouter, print) {
  const took = new Map();
  for (const rules of RULES) {
    const route = createRouter(makeRules(rules));
    for (const bytes of TASK_BYTES) {
      const task = makeTask(bytes);
      route({ task });
      const start = performance.now();
      for (let at = 0; at < DECISIONS; at += 1) route({ task });
      took.set(`${rules}/${bytes}`, performance.now() - start);
      print(
        `${DECISIONS} decisions, ${rules} rules, task of ${bytes / 1_000} kB: ${took.get(`${rules}/${bytes}`).toFixed(0)} ms`,
      );
    }
  }
  const growth = [
    ...TASK_BYTES.map((bytes) => ["rules × 100", 100, took.get(`1000/${bytes}`) / took.get(`10/${bytes}`)]),
    ...RULES.map((rules) => ["task × 100", 100, took.get(`${rules}/100000`) / took.get(`${rules}/1000`)]),
  ];
  for (const [what, bar, ratio] of growth) {
    print(
      `decisions, ${what}: × ${ratio.toFixed(1)} (bar: linear, × ${bar}) ${ratio <= bar * NOISE ? "met" : "MISSED"}`,
    );
  }
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
