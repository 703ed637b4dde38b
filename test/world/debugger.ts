/** What an editor does that is told to attach, and to attach again after a restart (`"restart": true`). */
import { until } from '../helpers/until.ts'
import { webSockets } from './web-sockets.ts'

interface Debugger {
  /** Waits until the program stops at the breakpoint; returns the value of the expression there. */
  readonly stopsAt: (file: string, line: number, expression: string) => Promise<unknown>
}

/** Waits for a program on this port, and stays until the program ends. */
export async function attach(t: Parameters<typeof webSockets>[0], port: number): Promise<Debugger> {
  const { WebSocket } = await webSockets(t)
  const url = await until(`a debugger can attach to port ${port}`, String, async () => {
    const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as Target[]
    return target?.webSocketDebuggerUrl
  })
  const socket = new WebSocket(url)
  await new Promise<void>((resolve) => socket.once('open', resolve))
  let last = 0
  const answers = new Map<number, (result: Result) => void>()
  const stops: string[] = []
  socket.on('message', (data) => {
    const { id, method, params, result } = JSON.parse(String(data))
    if (id !== undefined) answers.get(id)?.(result)
    if (method === 'Debugger.paused') stops.push(params.callFrames[0].callFrameId)
    // The program waits with its end until all debuggers have left.
    if (method === 'Runtime.executionContextDestroyed') socket.close()
  })
  const ask = (method: string, params = {}): Promise<Result> =>
    new Promise((resolve) => {
      last += 1
      answers.set(last, resolve)
      socket.send(JSON.stringify({ id: last, method, params }))
    })
  await ask('Runtime.enable')
  await ask('Debugger.enable')
  return {
    async stopsAt(file, lineNumber, expression) {
      const { breakpointId } = await ask('Debugger.setBreakpointByUrl', { urlRegex: `${file}$`, lineNumber })
      const callFrameId = await until('it stops', String, () => stops.shift())
      const { result } = await ask('Debugger.evaluateOnCallFrame', { callFrameId, expression })
      await ask('Debugger.removeBreakpoint', { breakpointId })
      await ask('Debugger.resume')
      return result?.value
    },
  }
}

interface Target {
  readonly webSocketDebuggerUrl: string
}
interface Result {
  readonly breakpointId?: string
  readonly result?: { readonly value: unknown }
}
