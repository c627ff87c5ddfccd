/**
 * Ms of processor time that `work` took in this process. A test that must notice work which grows without bound asks for this: the time
 * on the wall says how busy the machine is.
 */
export function measureCpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  return toMs(process.cpuUsage(before));
}

/** The same of work that waits in between. Nothing else may run in this process meanwhile. */
export async function measureCpuMsOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  return toMs(process.cpuUsage(before));
}

const toMs = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1_000;
