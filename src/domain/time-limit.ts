/**
 * Runs `act` with a signal that aborts after `ms`; the timer ends with it. AbortSignal.timeout would keep its timer for the whole time, however soon
 * the work ends (seen on Node 22).
 */
export async function withTimeLimit<Value>(ms: number, act: (limit: AbortSignal) => Promise<Value>): Promise<Value> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), ms);
  try {
    return await act(limit.signal);
  } finally {
    clearTimeout(timer);
  }
}
