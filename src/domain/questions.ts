// Questions that a running turn asks a person, and their answers. Every text in a question is untrusted: the agent, its model or one of its
// MCP servers wrote it. `delegation/turns/questions/question-words.ts` words it for people, and adds all that is said in the bridge's own name.

/** A question from the agent. It belongs to its turn: once the turn has ended, nobody waits for the answer. */
export type AgentQuestion = ApprovalQuestion | InputQuestion;

/** The agent wants to do something that its approval policy reserves. Only a person may allow it. */
export interface ApprovalQuestion {
  /** What it is about: a command, changes of files, a tool of an MCP server of the agent's, or a wider reach. */
  readonly kind: "command" | "patch" | "tool" | "permission";
  /** What would be done: the command, the tool, or a line for each file or permission. */
  readonly summary: string;
  /** Directory that it is done in. */
  readonly cwd?: string | undefined;
  /** Why, in the agent's words. */
  readonly reason?: string | undefined;
  /** Name of the tool's MCP server. */
  readonly server?: string | undefined;
  /** What the agent takes for an answer. `no` is always possible, even where it is not listed. */
  readonly choices: readonly ApprovalChoice[];
}

/** Allow this, allow the same for the rest of the thread, do not allow it, or end the turn. */
export type ApprovalChoice = "once" | "thread" | "no" | "stop";

/** The agent, or an MCP server of its, wants to know something. */
export interface InputQuestion {
  readonly kind: "input";
  readonly summary: string;
  /** Name of the MCP server of the agent's that asks; undefined for the agent itself. */
  readonly server?: string | undefined;
  /** Whether a model may answer too, because the answer only informs the agent's model. */
  readonly isForModel: boolean;
  /** At least one. */
  readonly fields: readonly InputField[];
}

/** A field to fill in. */
export interface InputField {
  /** Key of the value in the answer. */
  readonly id: string;
  readonly title: string;
  readonly description?: string | undefined;
  readonly isRequired: boolean;
  readonly value: FieldType;
}

/** What may be filled in. Bounds are inclusive; lengths are in characters. */
export type FieldType =
  | {
      readonly type: "text";
      readonly minLength?: number | undefined;
      readonly maxLength?: number | undefined;
      readonly format?: "email" | "uri" | "date" | "date-time" | undefined;
    }
  | {
      readonly type: "number";
      readonly isInteger: boolean;
      readonly minimum?: number | undefined;
      readonly maximum?: number | undefined;
    }
  | { readonly type: "boolean" }
  | { readonly type: "choice"; readonly options: readonly FieldOption[] }
  | {
      readonly type: "choices";
      readonly options: readonly FieldOption[];
      readonly minItems?: number | undefined;
      readonly maxItems?: number | undefined;
    };

export interface FieldOption {
  readonly id: string;
  readonly title: string;
}

/** A value of a field: a text or the id of an option, a number, a yes or no, or the ids of several options. */
export type FieldValue = string | number | boolean | readonly string[];

/** The answer. Without a choice or values the backend takes the safe way: it does not do anything that needs a yes. */
export type AgentAnswer =
  | { readonly kind: "chosen"; readonly id: ApprovalChoice }
  /** To an InputQuestion: the values fit its fields. */
  | { readonly kind: "filled"; readonly values: Readonly<Record<string, FieldValue>> }
  /** Somebody refused, or closed the form. */
  | { readonly kind: "declined" }
  | { readonly kind: "nobody to ask" }
  | { readonly kind: "timed out" };
