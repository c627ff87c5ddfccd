// The thread in which texts are judged. It can be ended while a search or a schema runs for ever. A bundle of its own.
import { parentPort, workerData } from "node:worker_threads";
import { isRecord } from "../domain/guards.ts";
import { judge } from "./judge.ts";

const job: unknown = workerData;
if (parentPort !== null && isRecord(job)) {
  const toText = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
  const { pattern, schema, text, mayBeFenced } = job;
  // The time limit begins here: how long a thread takes to start does not depend on the job.
  parentPort.postMessage("ready");
  parentPort.postMessage(
    judge({ pattern: toText(pattern), schema: toText(schema), text: toText(text), mayBeFenced: mayBeFenced === true }),
  );
}
