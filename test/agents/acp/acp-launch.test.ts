// What an agent is told of the chain of agents that it works in.
import { expect, test } from "vitest";
import { toAcpLaunch } from "../../../src/agents/acp/launch/acp-launch.ts";
import { READ_ONLY } from "../../../src/domain/sandbox.ts";
import { openAcpStage, PRETENDED, SCRIPTED_AGENT } from "../../support/acp-stage.ts";
import { toTurnRequest } from "../../support/turn-request.ts";

test("it is told its thread, and the deeper of two depths: that of the bridge, and that of the call", () => {
  const stage = openAcpStage();
  try {
    const { frame } = toTurnRequest(stage, "x", { sandbox: READ_ONLY });
    const options = {
      ...{ agent: SCRIPTED_AGENT, env: { PATH: process.env["PATH"] }, envPass: [], home: stage.project },
      ...{ stateDir: stage.project, sandbox: PRETENDED, readChildDepth: () => 2 },
    };
    const chain = { id: "ch-12345678", hops: [], deadline: 0, hasBudget: false };
    expect(toAcpLaunch({ frame }, "t-1", options).env["BRIDGE_THREAD"]).toBe("t-1");
    const depths = [undefined, { ...chain, depth: 1 }, { ...chain, depth: 5 }].map(
      (link) => toAcpLaunch({ frame, chain: link }, "t-1", options).env["BRIDGE_DEPTH"],
    );
    expect(depths).toEqual(["2", "2", "5"]);
  } finally {
    stage.close();
  }
});
