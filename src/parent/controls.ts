/** The option `keys`: what can be typed, done with what the parent has. */

import { type Controls, readKeys } from './keys.ts'
import type { Supervisor } from './supervisor.ts'

/** Gives back how to stop. */
export function takeKeys(parent: Supervisor): () => void {
  return readKeys(process.stdin, controlsOf(parent), parent.log)
}

/** This process began when its clock did: at 0. */
function controlsOf({ signals, past, standby }: Supervisor): Controls {
  return {
    restart: () => signals.restart('rs'),
    changes: () => past.changes,
    processes() {
      const children = signals.children().map((child) => ({ child, role: 'child' }))
      const ahead = standby.child()
      const all = ahead === undefined ? children : [...children, { child: ahead, role: 'standby' }]
      return [
        { pid: process.pid, role: 'parent', since: 0 },
        ...all.map(({ child, role }) => ({ pid: child.process.pid ?? 0, role, since: child.startedAt })),
      ]
    },
    quit: () => void process.kill(process.pid, 'SIGTERM'),
  }
}
