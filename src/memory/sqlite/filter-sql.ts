// A filter as a condition on `entries e`.
import type { MemoryArea, MemoryFilter } from "../memory-store.ts";
import type { SqlValue } from "./engine.ts";

/** A condition, and its parameters in their order. */
export interface SqlCondition {
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

/** The condition of a filter; `1` where everything fits. */
export function toCondition(filter: MemoryFilter): SqlCondition {
  const { sessionId, kind, agent, status, version, before, tags = [], files = [] } = filter;
  const parts: SqlCondition[] = [];
  const add = (sql: string, ...params: readonly SqlValue[]): void => void parts.push({ sql, params });
  if (filter.areas !== undefined) parts.push(toAreas(filter.areas));
  if (sessionId !== undefined) add("e.session = ?", sessionId);
  if (kind !== undefined) add("e.kind = ?", kind);
  if (agent !== undefined) add("e.agent = ?", agent);
  if (status !== undefined) add("e.status = ?", status);
  if (version !== undefined) add("e.version = ?", version);
  if (before !== undefined) add("e.at < ?", before);
  for (const tag of tags) add("EXISTS (SELECT 1 FROM json_each(e.tags) WHERE value = ?)", tag);
  if (files.length > 0) parts.push(toFiles(files));
  if (filter.latest === true) add(LATEST);
  if (parts.length === 0) return { sql: "1", params: [] };
  return { sql: parts.map(({ sql }) => `(${sql})`).join(" AND "), params: parts.flatMap(({ params }) => params) };
}

/** The columns that name an area. */
export function toAreaColumns(area: MemoryArea): { readonly scope: string; readonly project: string } {
  return { scope: area.scope, project: area.scope === "project" ? area.project : "" };
}

const LATEST = `NOT EXISTS (SELECT 1 FROM entries n WHERE n.session = e.session AND n.kind = e.kind
  AND n.version > e.version AND n.scope = e.scope AND n.project = e.project)`;

function toAreas(areas: readonly MemoryArea[]): SqlCondition {
  const columns = areas.map(toAreaColumns);
  return {
    sql: columns.length === 0 ? "0" : columns.map(() => "(e.scope = ? AND e.project = ?)").join(" OR "),
    params: columns.flatMap(({ scope, project }) => [scope, project]),
  };
}

// By lengths and not by LIKE, which has characters of its own.
function toFiles(files: readonly string[]): SqlCondition {
  const fits = "value = ? OR substr(value, -length(?)) = ? OR substr(value, 1, length(?)) = ?";
  return {
    sql: files.map(() => `EXISTS (SELECT 1 FROM json_each(e.files) WHERE ${fits})`).join(" OR "),
    params: files.flatMap((file) => [file, `/${file}`, `/${file}`, `${file}/`, `${file}/`]),
  };
}
