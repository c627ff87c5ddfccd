// What the steps of a set-up work with.
import type { Registration } from "../../clients/claude-code/registrations.ts";
import type { RulesFile } from "../../routing/rules-schema.ts";
import type { Finding } from "../files/report.ts";
import type { PlannedFiles } from "./files/planned-files.ts";

/** For whom the bridge is set up: this user in every project, or everybody in this one. */
export const INIT_SCOPES = ["user", "project"] as const;
/** One of them. */
export type InitScope = (typeof INIT_SCOPES)[number];

/** A program that was looked for. */
export interface FoundProgram {
  /** Absolute path; undefined if it is not there. */
  readonly path: string | undefined;
  /** In the program's own words; undefined if it did not say. */
  readonly version: string | undefined;
}

/** What the steps see, and the files that they plan. */
export interface InitContext {
  readonly scope: InitScope;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Root of the project. */
  readonly root: string;
  readonly ownPath: string;
  readonly codexHome: string;
  readonly claude: FoundProgram;
  readonly codex: FoundProgram & {
    /** Whether a profile is a file of its own; undefined if Codex did not answer. */
    readonly hasFileProfiles: boolean | undefined;
    /** Whether a login is stored in Codex's home, or a key is in the environment. */
    readonly hasLogin: boolean;
  };
  /** The bridge's entry of this scope; undefined if it is not registered. */
  readonly entry: Registration | undefined;
  readonly rules: RulesFile;
  /** Text of the shipped rules file. */
  readonly rulesText: string;
  readonly files: PlannedFiles;
}

/** One item of a set-up. */
export interface InitStep {
  /** Its name for `--only` and `--skip`. */
  readonly name: string;
  /** One line for the help. */
  readonly title: string;
  /** Plans the changes of files, and says what it found. Throws FileRefusal and JsonEditError: then nothing of it is planned. */
  readonly plan: (context: InitContext) => readonly StepFinding[];
}

/** What a step found, or will do; `file` is the one that it is about. */
export interface StepFinding extends Finding {
  readonly file?: string | undefined;
}
