/** Why a turn's signal is aborted where the bridge ends. */
export const CLOSING = Symbol("closing");
