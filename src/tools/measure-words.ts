// How a measurement is told to the model.
import { cutText } from "../domain/cut-text.ts";
import type { MeasuredState, MeasureFailure, MeasureResult } from "../domain/measure.ts";

const COMMAND_CHARACTERS = 300;
const OUTPUT_CHARACTERS = 1_000;

/** A measurement as a field of a result. */
export function toMeasureField({ command, failure, ...measure }: MeasureResult): Record<string, unknown> {
  const shown = { command: cutText(command, COMMAND_CHARACTERS), ...measure };
  if (failure === undefined) return shown;
  return { ...shown, failure: { ...failure, output: toFailureOutput(failure) } };
}

/** The end of what the command printed where it failed. */
export function toFailureOutput({ output }: MeasureFailure): string {
  return output.slice(-OUTPUT_CHARACTERS).toWellFormed();
}

/** What it found, in one line. */
export function describeMeasure(measure: MeasureResult): string {
  const { verdict, failure, old, speedup } = measure;
  if (failure !== undefined) {
    const end = failure.timedOut === true ? "its time was up" : `exit ${failure.exitCode ?? "unknown"}`;
    return `Not measured: the command failed on the ${failure.state} state (${end}).`;
  }
  const factor = speedup === undefined ? "" : `, ${speedup} times as fast`;
  const runs = `medians of ${old?.runsMs.length ?? 0} runs each, in turns`;
  return `Measured: old ${describeState(old)}, new ${describeState(measure.new)}${factor} (${runs}). ${VERDICTS[verdict]}`;
}

const VERDICTS = {
  faster: "The new state is faster: all of its runs were.",
  slower: "The new state is slower: all of its runs were.",
  "within the noise": "The difference is within the noise: their runs overlap.",
  failed: "",
};

function describeState(state: MeasuredState | undefined): string {
  if (state === undefined) return "unknown";
  return `${state.medianMs} ms (${Math.min(...state.runsMs)} to ${Math.max(...state.runsMs)})`;
}
