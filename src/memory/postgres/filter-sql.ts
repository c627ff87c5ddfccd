// A filter as a condition on `codex_bridge.entries e`.
import type { MemoryArea, MemoryFilter } from "../memory-store.ts";
import type { PgValue } from "./client.ts";

/** Collects parameters; each gives the name by which a statement has it. */
export interface Parameters {
  readonly values: PgValue[];
  add(value: PgValue): string;
}

/** Makes it. */
export function createParameters(): Parameters {
  const values: PgValue[] = [];
  return { values, add: (value) => `$${values.push(value)}` };
}

/** The columns that name an area. Of a user's own entries the role stands for the user, so that teams may share a database. */
export function toAreaColumns(area: MemoryArea, role: string): { readonly scope: string; readonly project: string } {
  return { scope: area.scope, project: area.scope === "project" ? area.project : role };
}

/** The condition of a filter; its values go to `parameters`. Entries of other users never fit. */
export function toCondition(filter: MemoryFilter, role: string, parameters: Parameters): string {
  const { areas, sessionId, kind, agent, status, version, before, tags = [], files = [] } = filter;
  const add = (value: PgValue): string => parameters.add(value);
  const parts = [`e.scope <> 'user' OR e.project = ${add(role)}`];
  if (areas !== undefined) parts.push(toAreas(areas, role, parameters));
  if (sessionId !== undefined) parts.push(`e.session = ${add(sessionId)}`);
  if (kind !== undefined) parts.push(`e.kind = ${add(kind)}`);
  if (agent !== undefined) parts.push(`e.agent = ${add(agent)}`);
  if (status !== undefined) parts.push(`e.status = ${add(status)}`);
  if (version !== undefined) parts.push(`e.version = ${add(version)}::bigint`);
  if (before !== undefined) parts.push(`e.at < ${add(before)}::bigint`);
  for (const tag of tags) parts.push(`e.tags ? ${add(tag)}`);
  if (files.length > 0) parts.push(files.map((file) => toFile(add(file))).join(" OR "));
  if (filter.latest === true) parts.push(LATEST);
  return parts.map((sql) => `(${sql})`).join(" AND ");
}

const LATEST = `NOT EXISTS (SELECT FROM codex_bridge.entries n WHERE n.session = e.session AND n.kind = e.kind
  AND n.version > e.version AND n.scope = e.scope AND n.project = e.project)`;

function toAreas(areas: readonly MemoryArea[], role: string, { add }: Parameters): string {
  if (areas.length === 0) return "false";
  const columns = areas.map((area) => toAreaColumns(area, role));
  return columns.map(({ scope, project }) => `(e.scope = ${add(scope)} AND e.project = ${add(project)})`).join(" OR ");
}

// By lengths and not by LIKE, which has characters of its own.
function toFile(file: string): string {
  const [ends, begins] = [`'/' || ${file}`, `${file} || '/'`];
  const fits = `f = ${file} OR right(f, length(${ends})) = ${ends} OR left(f, length(${begins})) = ${begins}`;
  return `EXISTS (SELECT FROM jsonb_array_elements_text(e.files) f WHERE ${fits})`;
}
