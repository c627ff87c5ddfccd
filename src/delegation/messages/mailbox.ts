// The mailbox of the agents. A message waits in a file until its receiver has it: who delivers it holds its lock, so that nobody else does at the
// same time, and removes the file once it is delivered. A bridge that dies in between leaves the message to the next one.
import type { Clock } from "../../domain/clock.ts";
import { BridgeError } from "../../domain/errors.ts";
import type { Logger } from "../../domain/logger.ts";
import { isInside } from "../../domain/sandbox.ts";
import type { LockFiles } from "../../state/lock-files.ts";
import type { MessageFiles, StoredMessage } from "../../state/message-files.ts";

/** Whom a message is for: a thread of an agent, or the sessions of an agent in this project. */
export type Receiver = StoredMessage["to"];

/** A message that is to be left. */
export type NewMessage = Pick<StoredMessage, "from" | "to" | "text">;

/** Messages on their way to their receiver. One of both is to be called; a second call does nothing. */
export interface Delivery {
  /** Oldest first. */
  readonly messages: readonly StoredMessage[];
  /** They have arrived: they are removed. Never throws. */
  delivered(): void;
  /** They did not arrive: somebody else may deliver them. Never throws. */
  putBack(): void;
}

/** The mailbox of a bridge. */
export interface Mailbox {
  /** Returns its id. Throws INVALID_ARGUMENT where too many wait for this receiver, and what the file system throws. */
  leave(message: NewMessage): string;
  /** Takes what waits for a receiver, a few at most. Never throws: what cannot be read now waits on. */
  take(receiver: Receiver): Delivery;
}

/** Options of createMailbox. */
export interface MailboxOptions {
  readonly files: MessageFiles;
  readonly locks: Pick<LockFiles, "take">;
  /** Directory of the bridge. */
  readonly project: string;
  readonly newId: () => string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Of all receivers. No more are left: older ones would be found by nobody while newer ones wait. */
const MOST_READ = 200;
/** That wait for one receiver. */
const MOST_WAITING = 20;
/** That are delivered at once. */
const MOST_DELIVERED = 5;

/** Makes it. */
export function createMailbox({ files, locks, project, newId, clock, logger }: MailboxOptions): Mailbox {
  // A thread can be continued from any project. Who works in a folder of a project writes to the sessions of the whole.
  const isFor = (receiver: Receiver, { to, project: from }: StoredMessage): boolean =>
    to.agent === receiver.agent &&
    to.threadId === receiver.threadId &&
    (receiver.threadId !== undefined || isInside(from, project));
  /** Ids of messages that were delivered and could not be removed. */
  const done = new Set<string>();
  const listFor = (receiver: Receiver): StoredMessage[] =>
    files
      .listNewest(undefined, MOST_READ)
      .filter((message) => isFor(receiver, message) && !done.has(message.id))
      .toReversed();

  // Another bridge may have delivered it since it was listed.
  function hold(message: StoredMessage): { message: StoredMessage; release: () => void }[] {
    const lock = locks.take(message.id);
    if (lock.kind === "held") return [];
    if (files.find(message.project, message.id).kind === "record") return [{ message, release: lock.release }];
    lock.release();
    return [];
  }

  return {
    leave: (message) => {
      const waiting = files.listNewest(undefined, MOST_READ);
      if (waiting.length >= MOST_READ)
        throw refuseMore(`${MOST_READ} messages wait in the bridge's state folder already.`);
      if (waiting.filter((other) => isFor(message.to, other)).length >= MOST_WAITING) {
        throw refuseMore(`${MOST_WAITING} messages wait for this receiver already.`);
      }
      const id = newId();
      files.write({ id, project, createdAt: clock(), ...message });
      return id;
    },
    take: (receiver) => {
      const held: ReturnType<typeof hold> = [];
      try {
        for (const message of listFor(receiver).slice(0, MOST_DELIVERED)) held.push(...hold(message));
      } catch (error) {
        logger.warn({ err: error }, "messages cannot be read now");
      }
      const release = (act: (message: StoredMessage) => void): void => {
        for (const { message, release } of held.splice(0)) {
          try {
            act(message);
          } catch (error) {
            done.add(message.id);
            logger.warn(
              { err: error, id: message.id },
              "a delivered message stays, and may come once more in another bridge",
            );
          }
          release();
        }
      };
      return {
        messages: held.map(({ message }) => message),
        delivered: () => release(files.remove),
        putBack: () => release(() => {}),
      };
    },
  };
}

function refuseMore(why: string): BridgeError {
  return new BridgeError("INVALID_ARGUMENT", why, {
    nextStep: "Put what you have to say into a file of the project, and name it in your final answer.",
  });
}
