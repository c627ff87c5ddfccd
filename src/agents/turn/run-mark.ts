/** Name of the environment variable that marks the processes of a run. */
export const MARK_NAME = "BRIDGE_RUN";
