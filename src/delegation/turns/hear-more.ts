// What reaches the agent of a turn besides its prompt. Its answer to that is in its final message, which another turn of the call may replace.
import { cutText } from "../../domain/cut-text.ts";
import type { CallContext } from "../requests.ts";

/** A call, and whether its agent was told more since. */
export interface HeardCall {
  readonly call: CallContext;
  /** Whether further input, or messages for the thread, reached the agent. */
  readonly wasTold: () => boolean;
}

/** Longest part of a message that stands in a warning: a result cuts a warning soon after that. */
const QUOTED_CHARACTERS = 300;

/** Listens to a call. */
export function hearMore(call: CallContext): HeardCall {
  let wasTold = false;
  const heard: CallContext = {
    ...call,
    onMessages: () => {
      wasTold = true;
      call.onMessages?.();
    },
    onSteerable: (steer) =>
      call.onSteerable?.(async (text) => {
        const isDelivered = await steer(text);
        wasTold ||= isDelivered;
        return isDelivered;
      }),
  };
  return { call: heard, wasTold: () => wasTold };
}

/** A message as a warning quotes it: in one line, and cut. */
export function quoteMessage(content: string): string {
  return JSON.stringify(cutText(content.trim().replace(/\s+/g, " "), QUOTED_CHARACTERS));
}
