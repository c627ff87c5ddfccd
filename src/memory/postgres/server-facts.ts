// Whether a server can hold the store.

/** What is asked of a server before anything else. */
export interface ServerFacts {
  /** `server_version_num`: 150004 for 15.4. */
  readonly number: number;
  readonly encoding: string;
  /** The role that has logged in. */
  readonly role: string;
  readonly isReadOnly: boolean;
}

/** The store has a schema of a newer bridge. */
export class NewerStoreError extends Error {
  readonly version: number;

  constructor(version: number) {
    super(`the schema is ${version}`);
    this.version = version;
  }
}

/** The server cannot hold the store; the message says why, `nextStep` what to do. */
export class UnfitServerError extends Error {
  readonly nextStep: string;

  constructor(message: string, nextStep: string) {
    super(message);
    this.nextStep = nextStep;
  }
}

const OLDEST = 15;

/** Throws an UnfitServerError for a server that cannot hold the store. */
export function judgeServer({ number, encoding, isReadOnly }: ServerFacts): void {
  const major = Math.floor(number / 10_000);
  if (!(major >= OLDEST)) {
    throw new UnfitServerError(
      `is PostgreSQL ${major}, and ${OLDEST} is the oldest that can hold the memory`,
      `Ask the user to name a PostgreSQL ${OLDEST} or newer in BRIDGE_MEMORY_URL.`,
    );
  }
  if (encoding !== "UTF8") {
    throw new UnfitServerError(
      `has a database in the encoding ${encoding}, and the memory needs UTF8`,
      "Ask the user to make a database for it (`createdb --encoding=UTF8 --template=template0`) and to name that in BRIDGE_MEMORY_URL.",
    );
  }
  if (isReadOnly) {
    throw new UnfitServerError(
      "lets nothing be written: it is a standby, or its transactions are read-only",
      "Ask the user to name the primary server in BRIDGE_MEMORY_URL.",
    );
  }
}
