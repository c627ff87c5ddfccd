// The questions of a background job: who may answer, and how long.
import { describe, expect, test } from "vitest";
import type { CallContext, ChoiceAnswer, ChoiceQuestion } from "../../../src/delegation/requests.ts";
import { bridge, call, onDisk, openWork, QUESTION, request, settle, useJobBridges } from "../../support/job-bridges.ts";

useJobBridges();

describe("a question of a kept job", () => {
  const ask = async (change: Partial<CallContext>, question: ChoiceQuestion = QUESTION) => {
    const jobs = bridge();
    const work = openWork();
    const job = jobs.create(request({ call: call(change) }), work.work);
    job.keep();
    const answer = work.call.askUser?.(question);
    await settle();
    return { jobs, job, work, answer, key: (await jobs.find(job.id))?.question?.key ?? "" };
  };

  test("waits for its answer, which only a person may give", async () => {
    const { jobs, job, answer, key } = await ask({ canTask: true });
    expect(onDisk(job.id)).toMatchObject({ state: "waiting", question: { key, kind: "decision", question: QUESTION } });
    expect(await jobs.answer(job.id, key, { kind: "chosen", id: "yes" }, "model")).toBe("forbidden");
    expect(await jobs.answer(job.id, "another", { kind: "declined" }, "person")).toBe("late");
    await expect(jobs.answer(job.id, key, { kind: "chosen", id: "maybe" }, "person")).rejects.toThrow("no choice");
    expect(await jobs.answer(job.id, key, { kind: "chosen", id: "yes" }, "person")).toBe("taken");
    expect(await answer).toEqual({ kind: "chosen", id: "yes" });
    expect(await jobs.answer(job.id, key, { kind: "chosen", id: "no" }, "person")).toBe("late");
    expect(onDisk(job.id)).toMatchObject({ state: "running" });
    expect(onDisk(job.id).question).toBeUndefined();
  });

  test("about information may be answered by a model", async () => {
    const { jobs, job, answer, key } = await ask({ canTask: true }, { ...QUESTION, kind: "input" });
    expect(await jobs.answer(job.id, key, { kind: "chosen", id: "no" }, "model")).toBe("taken");
    expect(await answer).toEqual({ kind: "chosen", id: "no" });
  });

  test("dies with its job", async () => {
    const { jobs, job, answer, key } = await ask({ canTask: true });
    expect(await jobs.cancel(job.id)).toBe("cancelled");
    expect(await answer).toEqual({ kind: "unanswered" });
    expect(await jobs.answer(job.id, key, { kind: "declined" }, "person")).toBe("late");
    expect(onDisk(job.id).question).toBeUndefined();
  });

  test("is shown as a form to a client without tasks, and a closed form ends it", async () => {
    let close: (answer: ChoiceAnswer) => void = () => {};
    const { answer, job } = await ask({ askUser: () => new Promise((resolve) => (close = resolve)) });
    expect(onDisk(job.id).state).toBe("waiting");
    close({ kind: "unanswered" });
    expect(await answer).toEqual({ kind: "unanswered" });
    expect(onDisk(job.id).state).toBe("running");
  });

  test("that was asked by the call goes over to the job", async () => {
    const jobs = bridge();
    const work = openWork();
    const askUser = async (): Promise<ChoiceAnswer> => {
      await settle();
      return { kind: "unanswered" };
    };
    const job = jobs.create(request({ call: call({ canTask: true, askUser }) }), work.work);
    const answer = work.call.askUser?.(QUESTION);
    await Promise.resolve();
    await Promise.resolve();
    expect(job.keep()).toMatchObject({ state: "waiting" });
    await settle();
    await settle();
    const key = (await jobs.find(job.id))?.question?.key ?? "";
    expect(await jobs.answer(job.id, key, { kind: "chosen", id: "yes" }, "person")).toBe("taken");
    expect(await answer).toEqual({ kind: "chosen", id: "yes" });
  });

  test("has a time limit", async () => {
    const { answer, job } = await ask({ canTask: true }, { ...QUESTION, timeoutMs: 20 });
    expect(await answer).toEqual({ kind: "unanswered" });
    expect(onDisk(job.id).state).toBe("running");
  });

  test("is one of at most 15, each with a new key, and the result says how many were not asked", async () => {
    const jobs = bridge();
    const work = openWork();
    const job = jobs.create(request({ call: call({ canTask: true }) }), work.work);
    job.keep();
    const answers = Array.from({ length: 17 }, () => work.call.askUser?.(QUESTION));
    const keys = new Set<string>();
    for (let round = 0; round < 15; round += 1) {
      await settle();
      const { question } = onDisk(job.id);
      keys.add(question?.key ?? "");
      await jobs.answer(job.id, question?.key ?? "", { kind: "chosen", id: "yes" }, "person");
    }
    expect((await Promise.all(answers)).slice(-3)).toEqual([
      { kind: "chosen", id: "yes" },
      { kind: "unanswered" },
      { kind: "unanswered" },
    ]);
    expect(keys.size).toBe(15);
    work.end();
    await job.ended;
    expect((await jobs.find(job.id))?.result?.text).toBe("done\n\n2 questions went unasked: a job asks at most 15.");
  });

  test("cannot be asked where there is nobody to ask", async () => {
    const work = openWork();
    bridge().create(request(), work.work).keep();
    expect(work.call.askUser).toBeUndefined();
  });
});
