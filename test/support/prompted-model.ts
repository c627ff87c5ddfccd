// A model that does what its prompt says: waits where it begins with "hold", runs what follows "run ".
import type { Lab, Respond } from "./lab.ts";

export interface PromptedModel {
  readonly respond: Respond;
  /** Lets go of what is held. */
  letGo(): void;
}

export function createPromptedModel(): PromptedModel {
  const held: (() => void)[] = [];
  return {
    respond: async ({ userTexts, toolOutputs, signal }) => {
      const prompt = userTexts.at(-1) ?? "";
      if (prompt.startsWith("hold")) {
        await new Promise<void>((resolve) => {
          held.push(resolve);
          signal.addEventListener("abort", () => resolve());
        });
      }
      const command = /^run (.*)/.exec(prompt)?.[1];
      if (command !== undefined && toolOutputs.length === 0) return { steps: [{ run: command }] };
      return { steps: [{ say: `answer to ${prompt}` }] };
    },
    letGo: () => {
      for (const go of held.splice(0)) go();
    },
  };
}

/** How often the model was asked with this prompt as the newest. */
export const countAsked = ({ standIn }: Lab, prompt: string): number =>
  standIn.requests.filter(({ userTexts }) => userTexts.at(-1) === prompt).length;
