/** Whether machines ask for the path every few seconds, at whatever address they know the process by. */
export function isProbe(path: string): boolean {
  return path.startsWith('/health/') || path === '/metrics';
}
