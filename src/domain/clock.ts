/** Gives milliseconds since the epoch. Passed in, so that a test can have its own time. */
export type Clock = () => number;
