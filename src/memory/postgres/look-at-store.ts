// What a server says of itself and of the store, without changing anything.
import { createPgClient } from "./client.ts";
import { toPostgresError } from "./postgres-error.ts";
import { readFacts, readVersion } from "./schema.ts";
import { judgeServer } from "./server-facts.ts";
import { toShownServer } from "./server-name.ts";

/** A server that can hold the store. */
export interface StoreView {
  /** Host, port and database, without the login. */
  readonly server: string;
  /** `15.4`. */
  readonly release: string;
  readonly role: string;
  /** How many entries its role sees; undefined where no bridge has made the tables yet. */
  readonly entries: number | undefined;
  readonly hasPieceIndex: boolean;
}

/** Looks at it. Throws what MemoryStore throws. */
export async function lookAtStore(url: string): Promise<StoreView> {
  const client = createPgClient(url);
  try {
    return await client.transact(async (query) => {
      const { isKnown, hasPieceIndex, ...facts } = await readFacts(query);
      judgeServer(facts);
      const release = `${Math.floor(facts.number / 10_000)}.${facts.number % 10_000}`;
      const view = { server: toShownServer(url), release, role: facts.role, hasPieceIndex };
      if (!isKnown) return { ...view, entries: undefined };
      await readVersion(query);
      const sql = "SELECT count(*) AS entries FROM codex_bridge.entries WHERE scope <> 'user' OR project = $1";
      const [row] = await query(sql, [facts.role]);
      return { ...view, entries: Number(row?.["entries"]) };
    });
  } catch (error) {
    throw toPostgresError(error, url);
  } finally {
    await client.close();
  }
}
