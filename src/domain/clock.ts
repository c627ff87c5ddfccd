/** Milliseconds since the epoch; passed in so that time can be a test's own. */
export type Clock = () => number;
