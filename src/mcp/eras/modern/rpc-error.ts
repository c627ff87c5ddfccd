/** An error of JSON-RPC. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

const INVALID_PARAMS = -32_602;

/** The error of a request whose params cannot be used. */
export function invalidParams(why: string): RpcError {
  return { code: INVALID_PARAMS, message: `Invalid params: ${why}` };
}
