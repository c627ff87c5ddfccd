import { BridgeError } from "./errors.ts";

/** One value from an argument and from `config`. Throws INVALID_ARGUMENT where both are there and differ. */
export function mergeArgument<Value>(
  name: string,
  argument: Value | undefined,
  fromConfig: Value | undefined,
): Value | undefined {
  if (argument !== undefined && fromConfig !== undefined && argument !== fromConfig) {
    throw new BridgeError(
      "INVALID_ARGUMENT",
      `\`${name}\` is ${String(argument)}, but \`config\` says ${String(fromConfig)}.`,
      { nextStep: `Give it once, as \`${name}\`.` },
    );
  }
  return argument ?? fromConfig;
}
