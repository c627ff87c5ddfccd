// The mode of a session. Where the operating system holds the frame it is a convenience; where nothing else does it must be as wanted.
import { BridgeError } from "../../../domain/errors.ts";
import { isRecord } from "../../../domain/guards.ts";
import { toShownWord, toShownWords } from "../../turn/shown-word.ts";
import type { AcpAgent } from "../acp-agent.ts";
import type { AcpLaunch } from "../launch/acp-launch.ts";
import type { AcpWire } from "../wire/acp-wire.ts";

/** The modes that an agent tells, in one of the two forms that there are. */
export interface Modes {
  readonly current: unknown;
  readonly known: readonly unknown[];
  /** Id of the option that chooses the mode, where modes are an option among others. */
  readonly option: string | undefined;
}

const NO_MODES: Modes = { current: undefined, known: [], option: undefined };

/** The modes in the answer to `session/new` or `session/load`. */
export function findModes(answer: Readonly<Record<string, unknown>>): Modes {
  const { modes, configOptions } = answer;
  if (isRecord(modes)) {
    const known = toRecords(modes["availableModes"]).map(({ id }) => id);
    return { current: modes["currentModeId"], known, option: undefined };
  }
  const option = toRecords(configOptions).find(({ id, category }) => category === "mode" || id === "mode");
  const id = option?.["id"];
  if (option === undefined || typeof id !== "string") return NO_MODES;
  return { current: option["currentValue"], known: toRecords(option["options"]).map(({ value }) => value), option: id };
}

/** Puts the session into the mode of the launch. Throws CONFIG_INVALID for a mode that the agent does not have, SANDBOX_NOT_HELD for one that it does not take. */
export async function setMode(
  wire: AcpWire,
  sessionId: string,
  { current, known, option }: Modes,
  { agent, launch: { mode } }: { readonly agent: AcpAgent; readonly launch: Pick<AcpLaunch, "mode"> },
): Promise<void> {
  if (mode === undefined || current === mode) return;
  if (!known.includes(mode)) {
    const has = toShownWords(known.filter((id) => typeof id === "string"));
    const message = `${agent.name} has no mode ${JSON.stringify(mode)}${has === "" ? "" : `; it has ${has}`}.`;
    throw new BridgeError("CONFIG_INVALID", message, {
      nextStep: "Ask the user to correct `modes` of the agent in BRIDGE_AGENTS, or to install another version of it.",
    });
  }
  if (option === undefined) {
    await wire.request("session/set_mode", { sessionId, modeId: mode });
    return;
  }
  const answer = await wire.request("session/set_config_option", { sessionId, configId: option, value: mode });
  const { current: now } = findModes(isRecord(answer) ? answer : {});
  if (now === mode) return;
  throw new BridgeError(
    "SANDBOX_NOT_HELD",
    `${agent.name} was told to be in the mode ${mode}, and is in ${toShownWord(now)}.`,
  );
}

function toRecords(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
