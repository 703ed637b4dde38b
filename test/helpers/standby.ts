/** Whether a standby was told what to load, which is Node's own at least, and has done it; at debug level. */
export function hasLoadedAhead(output: string): boolean {
  const at = output.lastIndexOf('preload {"plan":{"packages":[{')
  const since = output.slice(at)
  return at >= 0 && /standby \d+ is ready/.test(since) && !since.includes('no longer useful')
}
