import { processGroupOf } from './process-group.ts'

/** Ends a command whose parent was killed, as the parent would have. Its guard calls it, in a process of its own. */
export function endCommand(signal: NodeJS.Signals, killTimeout: string, leader: string): Promise<void> {
  return processGroupOf(Number(leader)).end(signal, Number(killTimeout))
}
