/** Observes what packages read and do while they are loaded, one after the other. */
import { aside } from './aside.ts'
import { observeEnvironment } from './environment.ts'
import { observeGlobals } from './globals.ts'
import { observeHandles } from './handles.ts'
import { observeProperties } from './observe-properties.ts'
import { observeOutput } from './output.ts'
import { differenceOf, processState } from './process-state.ts'
import { standInForMain } from './stand-in.ts'
import { observeSystem } from './system.ts'

/** What one package was seen to read. */
export interface Reads {
  readonly variables: ReadonlySet<string>
  readonly globals: ReadonlySet<string>
  readonly properties: ReadonlySet<string>
}

export interface Observer {
  /**
   * Attributes what follows to this module. Call the result when it is loaded: it returns why it is unfit, if it is.
   * Of Node's own modules some open the streams of the process, as without us.
   */
  readonly begin: (url: string) => () => string | undefined
  readonly reads: ReadonlyMap<string, Reads>
  readonly end: () => void
}

export interface ObserverOptions {
  /** Names of the globals that the app may have set up. */
  readonly globals: readonly string[]
  /** Names of the variables that it had when it was up. */
  readonly variables: readonly string[]
  /** Names of properties of shared objects that the app has set up. */
  readonly properties: readonly string[]
  readonly onFile: (path: string, ofNames: boolean) => void
  /** Whether the app has a `require.main`. */
  readonly hasMain: boolean
}

/** Their results depend on a variable (TZ) that no JavaScript reads. */
const OF_TIME_ZONE = ['Date', 'Intl']

/** Undefined where not everything can be observed. */
export function observe({
  globals,
  variables: names,
  properties: setUp,
  onFile,
  hasMain,
}: ObserverOptions): Observer | undefined {
  const reads = new Map<string, Reads>()
  let variables = new Set<string>()
  let globalsRead = new Set<string>()
  let properties = new Set<string>()
  let effect: string | undefined
  const onEffect = (what: string) => {
    effect ??= what
  }
  const system = observeSystem({ onRead: onFile, onEffect })
  if (system === undefined) return undefined
  const handles = observeHandles()
  const shared = observeProperties(setUp, (name) => properties.add(name))
  const undo = [
    shared.end,
    system.end,
    handles.end,
    observeEnvironment(names, (name) => variables.add(name)),
    observeGlobals([...new Set([...globals, ...OF_TIME_ZONE])], (name) => {
      globalsRead.add(name)
      if (OF_TIME_ZONE.includes(name)) variables.add('TZ')
    }),
    observeOutput(onEffect, system.unobserved),
    ...(hasMain ? [standInForMain(() => onEffect('looks at require.main'))] : []),
  ]
  return {
    begin(url) {
      const isOfNode = url.startsWith('node:')
      variables = new Set()
      globalsRead = new Set()
      effect = undefined
      properties = new Set(shared.unobserved)
      // What an import reads of a module of Node's is brought up to date later (builtin-imports.ts).
      reads.set(url, { variables, globals: globalsRead, properties: isOfNode ? new Set() : properties })
      system.observe(!isOfNode)
      handles.begin()
      const before = aside(processState)
      return () =>
        effect ??
        differenceOf(
          before,
          aside(() => processState(handles.isAnyLeft())),
        )
    },
    reads,
    end() {
      for (const restore of undo.reverse()) restore()
    },
  }
}
