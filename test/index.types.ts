/**
 * The types of the public names, as a user gets them. It is never run: `npm run types` compiles it,
 * and every misuse below must be refused.
 */
import net from 'node:net'
import * as exit75 from 'exit75'
import {
  type CHILD,
  type Change,
  type changes,
  drain,
  type Ending,
  type EX_TEMPFAIL,
  type generation,
  type LaunchOptions,
  type ListenAddress,
  launchChild,
  listenOn,
  onRestart,
  type PARENT,
  RestartRequested,
  type ready,
  type requestRestart,
  restartSignal,
  savedState,
  type saveState,
  type shouldRestart,
  watch,
} from 'exit75'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_isTrue: Same<A, B>): void => {}

/** A name that comes or goes is noticed here, in the README, and in the changelog. */
type Names =
  | ('PARENT' | 'CHILD' | 'EX_TEMPFAIL' | 'generation' | 'changes' | 'launchChild')
  | ('shouldRestart' | 'restartSignal' | 'RestartRequested' | 'onRestart' | 'requestRestart' | 'watch')
  | ('saveState' | 'savedState' | 'listenOn' | 'drain' | 'ready')
same<keyof typeof exit75, Names>(true)

// Which process this is.
same<typeof PARENT, boolean>(true)
same<typeof CHILD, boolean>(true)
same<typeof EX_TEMPFAIL, 75>(true)
same<typeof generation, number>(true)
same<ReturnType<typeof changes>, Change[]>(true)
same<Change, { readonly type: 'added' | 'modified' | 'deleted'; readonly path: string }>(true)
// @ts-expect-error the library counts, nobody else
exit75.generation = 2

// Launching.
same<ReturnType<typeof launchChild>, Promise<Ending>>(true)
same<Parameters<typeof launchChild>, [options?: LaunchOptions | undefined]>(true)
void launchChild()
void launchChild({})
void launchChild({
  exit: false,
  onCrash: 'wait',
  onExit: 'wait',
  standby: false,
  overlap: true,
  readyTimeout: 1000,
  preload: ['express'],
  listen: [3000, { port: 3000 }, { port: 3000, host: '::1' }, '/run/app.sock', 'localhost:80'],
  settle: 10,
  poll: 500,
  nodeModules: true,
  ignore: ['*.log', '/x$/'],
  syntaxCheck: false,
  stopTimeout: Number.POSITIVE_INFINITY,
  killTimeout: 1000,
  onRestart: async (changed) => void same<typeof changed, Change[]>(true),
  env: { MODE: 'development', UNSET: undefined },
  log: 'debug',
} satisfies LaunchOptions)
// @ts-expect-error an option that is unknown
void launchChild({ onCrashed: 'wait' })
// @ts-expect-error a word that is unknown
void launchChild({ onCrash: 'restart' })
// @ts-expect-error polling is an interval, or false
void launchChild({ poll: true })
// @ts-expect-error a list
void launchChild({ listen: 3000 })
// @ts-expect-error a host without a port
void launchChild({ listen: [{ host: 'localhost' }] })
// @ts-expect-error an environment holds strings
void launchChild({ env: { PORT: 3000 } })
// @ts-expect-error a time is a number of ms
void launchChild({ killTimeout: '5 s' })
const settled: LaunchOptions = { settle: 5 }
// @ts-expect-error options are read once
settled.settle = 6

// How it ended: by a code or by a signal, never by both.
void launchChild({ exit: false }).then((ending) => {
  same<typeof ending.restarts, number>(true)
  if (ending.signal === null) same<typeof ending.code, number>(true)
  else same<typeof ending.code, null>(true)
  if (ending.code !== null) same<typeof ending.signal, null>(true)
  else same<typeof ending.signal, NodeJS.Signals>(true)
})

// The question, and what follows from it.
same<typeof shouldRestart, () => boolean>(true)
same<typeof restartSignal, AbortSignal>(true)
void fetch('http://localhost', { signal: restartSignal })
if (restartSignal.reason instanceof RestartRequested)
  same<typeof restartSignal.reason.changes, readonly Change[]>(true)
same<ReturnType<typeof onRestart>, () => void>(true)
onRestart(() => {})
onRestart(async () => 'whatever it returns')()
// @ts-expect-error what is to be done, not what came of it
onRestart(Promise.resolve())
same<typeof requestRestart, (why?: string) => void>(true)
same<typeof watch, (...paths: string[]) => () => void>(true)
// @ts-expect-error paths one by one
watch(['a.txt', 'b.txt'])
same<typeof ready, () => void>(true)

// What outlives a restart.
same<Parameters<typeof saveState>, [value: unknown]>(true)
same<ReturnType<typeof saveState>, void>(true)
const unknownState = savedState()
same<typeof unknownState, unknown>(true)
const count = savedState<number>()
same<typeof count, number | undefined>(true)
// @ts-expect-error the first generation finds none
const certain: number = savedState<number>()
void certain
same<ListenAddress, number | { readonly port: number; readonly host?: string } | string>(true)
net.createServer().listen(listenOn(3000))
net.createServer().listen(listenOn({ port: 3000, host: 'localhost' }), () => {})
net.createServer().listen(listenOn('/run/app.sock'))
// @ts-expect-error one address, not the list of the option
listenOn([3000])
same<ReturnType<typeof drain>, Promise<void>>(true)
void drain(net.createServer())
// @ts-expect-error the framework's server, not the framework
void drain({ close() {} })
