import { expect, test } from "vitest";
import { askOwner } from "../../../src/delegation/jobs/job-requests.ts";
import { createJobRequestFiles } from "../../../src/state/job-request-files.ts";

const JOB = { id: "cx-00000001", project: "/p", bell: undefined };

function ask(code: string, outlives = false) {
  const requests = {
    ...createJobRequestFiles("/nowhere"),
    send: () => {
      throw Object.assign(new Error(`${code}: it failed`), { code });
    },
  };
  const options = { requests, newId: () => "00000002", ring: async () => {} };
  return askOwner({ ...JOB, outlives }, { kind: "cancel" }, async () => false, options);
}

// The general next step of MACHINE_LIMIT, fewer calls at once, would not help.
test.each(["ENOSPC", "EDQUOT", "EMFILE"])("%s: says that the job goes on, and who can act on it now", async (code) => {
  await expect(ask(code)).rejects.toMatchObject({
    code: "MACHINE_LIMIT",
    report: {
      message: expect.stringMatching(/^The bridge that runs job cx-00000001 could not be asked: .*\.$/),
      nextStep: expect.stringMatching(
        /^The job goes on as it was\. .*free.*try again; the session that started the job/,
      ),
    },
  });
});

test("a runner is asked by file in every session, so none is named", async () => {
  await expect(ask("ENOSPC", true)).rejects.toMatchObject({
    report: { nextStep: "The job goes on as it was. Ask the user to free what has run out, then try again." },
  });
});

test("another failure is the state folder's", async () => {
  await expect(ask("EACCES")).rejects.toMatchObject({ code: "CONFIG_INVALID" });
});
