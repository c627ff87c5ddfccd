// One process of an agent, with one session of the protocol, which is one thread.
import type { LeftRunning } from "../../../domain/turn.ts";
import type { CalleeSandbox } from "../../callee/callee-sandbox.ts";
import { LineProcess, type LineProcessParts, type PlainProgram } from "../../turn/line-process.ts";
import type { AcpLaunch } from "../launch/acp-launch.ts";
import type { OpenSession } from "../session/open-session.ts";
import { type AcpWire, openAcpWire } from "../wire/acp-wire.ts";

/** Parts of a process. */
export interface AcpProcessParts extends LineProcessParts {
  readonly sandbox: CalleeSandbox;
  readonly clock: () => number;
}

/** A process. */
export class AcpProcess extends LineProcess {
  /** Its session, once it is open. */
  session: OpenSession | undefined;
  readonly #wire: Promise<AcpWire>;
  /** Processes that were there before its first turn: they belong to the agent itself. */
  #own: ReadonlySet<number> = new Set();

  private constructor(launch: AcpLaunch, parts: LineProcessParts) {
    super(launch, parts);
    this.#wire = openAcpWire((line) => this.send(line));
  }

  /** Starts one. Rejects as `startProgram`, and with what the file system throws; then nothing is running. */
  static async launch(launch: AcpLaunch, parts: AcpProcessParts, signal: AbortSignal): Promise<AcpProcess> {
    const { held, ownHome } = launch;
    ownHome?.open(parts.clock());
    const wrap = held && ((program: PlainProgram) => parts.sandbox.wrap(program, held));
    const made = new AcpProcess(launch, parts);
    await made.start({ ...launch, wrap }, signal);
    const wire = await made.#wire;
    void made.ended.then(() => wire.close(new Error("the process has ended")));
    return made;
  }

  /** Has its lines read. `onLongLine` is called for one that was skipped, which may have been an answer, `onWords` for one of no protocol. */
  async connect(onLongLine: () => void, onWords: (line: string) => void = () => {}): Promise<AcpWire> {
    const wire = await this.#wire;
    const onLine = (line: string): void => {
      if (!wire.take(line)) onWords(line);
    };
    this.listen({ onLine, onLongLine });
    return wire;
  }

  /** Notes which processes are the agent's own: call it before its first turn. */
  noteOwn(): void {
    this.#own = new Set(this.listLeft().map(({ pid }) => pid));
  }

  /** What its turns have started and is alive. */
  listLeftByTurns(): readonly LeftRunning[] {
    return this.listLeft().filter(({ pid }) => !this.#own.has(pid));
  }
}
