import type { Run } from './start.ts'
import { until } from './until.ts'

/** Whether a standby was told what to load, which is Node's own at least, and has done it; at debug level. */
export function hasLoadedAhead(output: string): boolean {
  const at = output.lastIndexOf('preload {"plan":{"packages":[{')
  const since = output.slice(at)
  return at >= 0 && /standby \d+ is ready/.test(since) && !since.includes('no longer useful')
}

/** Waits until the last standby has loaded a package, or has been told to leave it out; at debug level. */
export const standbyWith = (run: Run, name: string, loads = true): Promise<true> =>
  until(`a standby that ${loads ? 'loads' : 'does not load'} ${name}`, run.output, () => {
    const said = run.output()
    const at = said.lastIndexOf('preload {"plan"')
    if (at < said.lastIndexOf('[exit75] generation ')) return false
    const [plan = '', ...since] = said.slice(at).split('\n')
    return (
      since.some((line) => /standby \d+ is ready/.test(line)) && plan.includes(`/${name}/index.js`) === loads
    )
  })
