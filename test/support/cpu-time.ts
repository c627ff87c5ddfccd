/**
 * Ms of processor time that `work` took in this process. A test that must notice work which grows without bound asks for this: the time
 * on the wall says how busy the machine is.
 */
export function measureCpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
