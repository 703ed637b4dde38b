/** Log lines for what a child has to say to the user. */
import { shown } from '../../log.ts'
import type { Settings } from '../../options/options.ts'
import type { ChildMessage } from '../../protocol/messages.ts'
import { isInPackage } from '../../watch/files/paths.ts'
import type { Supervisor } from '../supervisor.ts'
import { ownerOfPort, portsOfThisProcess } from './mistakes.ts'

/** Logs the messages that are for the user; some of them once for all generations. */
export function tellUser(
  message: ChildMessage,
  { settings, log }: Pick<Supervisor, 'settings' | 'log'>,
): void {
  switch (message.is) {
    case 'syntax-error': {
      const line = message.line === null ? '' : `:${message.line}`
      return log.info(
        `${shown(message.path)}${line} does not parse: ${message.message} · the running code stays`,
      )
    }
    case 'gone':
      return log.info(`${shown(message.path)} is gone · the running code stays until it is back`)
    case 'fixed':
      return log.info(`${shown(message.path)} is back to the loaded version · nothing to do`)
    case 'polling':
      return log.once(`no file events: ${message.why} · polling instead`, message.is)
    case 'forks':
      return log.once(
        forksLine(message.script, settings),
        isInPackage(message.script) ? 'forks of packages' : message.is,
      )
    case 'in-use':
      return log.once(ownerOfPort(message.port, settings, portsOfThisProcess()))
    case 'note':
      return message.once ? log.once(message.text) : log.info(message.text)
    case 'trace':
      return log.debug(message.text)
    case 'failed':
      return log.fault(`files are no longer watched: ${message.message}`)
  }
}

/** Undefined with the option `watch`: then the user has thought of it. */
function forksLine(script: string, { mode, watch }: Settings): string | undefined {
  if (watch !== null) return undefined
  const remedy = mode === 'app' ? "watch('<directory>')" : '--watch <directory>'
  return `${shown(script)} runs in a process of its own: what it loads is not watched (to watch it: ${remedy})`
}
