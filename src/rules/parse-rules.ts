// Parses a rules file. Each problem comes with its line, its path in the file, and what is expected there.
import { closest, distance } from "fastest-levenshtein";
import { findNodeAtLocation, type Node, type ParseError, parseTree } from "jsonc-parser";
import * as z from "zod";
import { BridgeError } from "../domain/errors.ts";
import { type RulesFile, RulesFileSchema } from "../routing/rules-schema.ts";
import { describeJsonError } from "./json-problems.ts";

const MAX_PROBLEMS = 5;

interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Parses and checks a rules file; `name` is how messages call it. Throws RULES_INVALID. */
export function parseRules(text: string, name: string): RulesFile {
  const body = text.replace(/^\ufeff/, "");
  if (body.trim() === "") throw invalid(name, ["is empty"]);
  // JavaScript treats this name specially: such a key would be lost in silence.
  if (/"__proto__"\s*:/.test(body)) throw invalid(name, ['the key "__proto__" is not allowed']);
  const parsed = RulesFileSchema.safeParse(parseJson(body, name));
  const problems = parsed.success ? findContradictions(parsed.data) : parsed.error.issues.flatMap(toProblems);
  if (parsed.success && problems.length === 0) return parsed.data;
  const root = parseTree(body);
  throw invalid(
    name,
    problems.map((problem) => describe(problem, root, body)),
  );
}

// The tree with the places of everything is only made for a message: it takes longer than the parsing.
function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const errors: ParseError[] = [];
    parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
    const [first] = errors;
    if (first === undefined) throw cause;
    const { offset, message } = describeJsonError(text, first);
    throw invalid(name, [`line ${toLine(text, offset)}: not JSON: ${message}`]);
  }
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

// What the schema cannot check: names that are used twice, and references to names that do not exist.
function findContradictions({ routing_config: config }: RulesFile): Problem[] {
  const policies = config.escalation_policies;
  const policyIds = policies.map((policy) => policy.policy_id);
  const groups = Object.keys(config.leads ?? {});
  const rules = config.routing_rules.flatMap((rule, at) => {
    const path = ["routing_config", "routing_rules", at];
    const policy = rule.escalation_policy;
    return [
      ...findUnknownGroups([...path, "conditions", "lead"], rule.conditions.lead, groups),
      ...findUnknownGroups([...path, "evidence", "lead"], rule.evidence?.lead, groups),
      ...(policy === undefined || policyIds.includes(policy)
        ? []
        : [{ path: [...path, "escalation_policy"], message: `there is no policy "${policy}"` }]),
    ];
  });
  const ids = config.routing_rules.map((rule) => rule.rule_id);
  const steps = policies.flatMap((policy, at) => {
    const path = ["routing_config", "escalation_policies", at, "escalation_path"];
    return findRepeated(
      path,
      policy.escalation_path.map(({ step }) => step),
      "step",
    );
  });
  return [
    ...findRepeated(["routing_config", "routing_rules"], ids, "rule_id"),
    ...findRepeated(["routing_config", "escalation_policies"], policyIds, "policy_id"),
    ...findUnknownGroups(["routing_config", "weak_leads"], config.weak_leads, groups),
    ...rules,
    ...steps,
  ];
}

function findRepeated(path: Problem["path"], names: readonly (string | number)[], key: string): Problem[] {
  return names.flatMap((name, at) =>
    names.indexOf(name) < at ? [{ path: [...path, at, key], message: `${JSON.stringify(name)} is used twice` }] : [],
  );
}

function findUnknownGroups(
  path: Problem["path"],
  lead: string | readonly string[] | undefined,
  groups: readonly string[],
): Problem[] {
  const unknown = [lead ?? []].flat().filter((group) => !groups.includes(group));
  return unknown.map((group) => ({ path, message: `there is no group "${group}" in leads` }));
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
