// Text of a rules file to rules: every problem with its line, its place and what is expected.
import { closest, distance } from "fastest-levenshtein";
import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import * as z from "zod";
import { BridgeError } from "../domain/errors.ts";
import { type RulesFile, RulesFileSchema } from "../routing/rules-schema.ts";

const MAX_PROBLEMS = 5;

interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Parses and checks a rules file; `name` is how messages call it. Throws RULES_INVALID. */
export function parseRules(text: string, name: string): RulesFile {
  const body = text.replace(/^\ufeff/, "");
  if (body.trim() === "") throw invalid(name, ["is empty"]);
  const root = parseJson(body, name);
  const parsed = RulesFileSchema.safeParse(JSON.parse(body));
  const problems = parsed.success ? findContradictions(parsed.data) : parsed.error.issues.flatMap(toProblems);
  if (parsed.success && problems.length === 0) return parsed.data;
  throw invalid(
    name,
    problems.map((problem) => describe(problem, root, body)),
  );
}

function parseJson(text: string, name: string): Node | undefined {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  const [first] = errors;
  if (first === undefined) return root;
  const what = printParseErrorCode(first.error).replace("InvalidCommentToken", "comments are not allowed in JSON");
  throw invalid(name, [`line ${toLine(text, first.offset)}: not JSON: ${what}`]);
}

function toProblems(issue: z.core.$ZodIssue): Problem[] {
  const path = issue.path.map((part) => (typeof part === "number" ? part : String(part)));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...path, key], message: `unknown key${suggest(key)}` }));
  }
  if (issue.code === "invalid_union") {
    const [first] = issue.errors.map((errors) => errors.at(-1)?.message).filter((message) => message !== undefined);
    return [{ path, message: issue.errors.at(-1)?.at(-1)?.message ?? first ?? issue.message }];
  }
  return [{ path, message: issue.message }];
}

// What the schema alone cannot see.
function findContradictions({ routing_config: config }: RulesFile): Problem[] {
  const ids = config.routing_rules.map((rule) => rule.rule_id);
  const policies = new Set(config.escalation_policies.map((policy) => policy.policy_id));
  const groups = new Set(Object.keys(config.leads ?? {}));
  return config.routing_rules.flatMap((rule, at) => {
    const place = ["routing_config", "routing_rules", at];
    const leads = rule.conditions.lead === undefined ? [] : [rule.conditions.lead].flat();
    const unknownLead = leads.find((group) => !groups.has(group));
    const policy = rule.escalation_policy;
    return [
      ...(ids.indexOf(rule.rule_id) < at
        ? [{ path: [...place, "rule_id"], message: `"${rule.rule_id}" is used twice` }]
        : []),
      ...(unknownLead === undefined
        ? []
        : [{ path: [...place, "conditions", "lead"], message: `no group "${unknownLead}" in leads` }]),
      ...(policy === undefined || policies.has(policy)
        ? []
        : [{ path: [...place, "escalation_policy"], message: `no policy "${policy}"` }]),
    ];
  });
}

function describe({ path, message }: Problem, root: Node | undefined, text: string): string {
  const node = root === undefined ? undefined : findNearest(root, path);
  const line = node === undefined ? "" : `line ${toLine(text, node.offset)}, `;
  return `${line}${path.join(".") || "the file"}: ${message}`;
}

function findNearest(root: Node, path: readonly (string | number)[]): Node {
  for (let length = path.length; length > 0; length -= 1) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    if (node !== undefined) return node;
  }
  return root;
}

function toLine(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

function suggest(key: string): string {
  const known = listKeys(z.toJSONSchema(RulesFileSchema, { io: "input" }));
  const nearest = closest(key, known);
  return distance(key, nearest) <= Math.max(2, key.length / 3) ? `; did you mean "${nearest}"?` : "";
}

function listKeys(schema: unknown): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const properties =
    "properties" in schema && typeof schema.properties === "object" ? Object.keys(schema.properties ?? {}) : [];
  return [...properties, ...Object.values(schema).flatMap(listKeys)];
}

function invalid(name: string, problems: readonly string[]): BridgeError {
  const shown = problems.slice(0, MAX_PROBLEMS);
  const more = problems.length > shown.length ? `; and ${problems.length - shown.length} more` : "";
  return new BridgeError("RULES_INVALID", `The rules file ${name}: ${shown.join("; ")}${more}.`, {
    details: { problems: shown },
  });
}
