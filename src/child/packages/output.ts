/** Keeps back what is written to the terminal while packages are loaded: nobody has asked for it yet. */

type Write = (...args: unknown[]) => boolean

/** `onEffect` gets the end of a sentence; `unobserved` runs what Node does by itself. Returns how to end it. */
export function observeOutput(
  onEffect: (what: string) => void,
  unobserved: <T>(act: () => T) => T,
): () => void {
  const undo = [
    observeStream('stdout', () => onEffect('writes output')),
    observeStream('stderr', () => onEffect('writes output')),
    observeInput(() => onEffect('uses standard input'), unobserved),
    observeWarnings(),
  ]
  return () => {
    for (const restore of undo) restore()
  }
}

/** Looks only at a stream that somebody asks for: to make one is not for free. */
function observeStream(name: 'stdout' | 'stderr', onWrite: () => void): () => void {
  const property = Object.getOwnPropertyDescriptor(process, name) as PropertyDescriptor
  const streamOf = () => (property.get ? property.get.call(process) : property.value) as { write: Write }
  let undo = () => {}
  let isAskedFor = false
  const get = () => {
    const stream = streamOf()
    if (!isAskedFor) undo = observeWrites(stream, onWrite)
    isAskedFor = true
    return stream
  }
  Object.defineProperty(process, name, { configurable: true, enumerable: property.enumerable ?? true, get })
  return () => {
    undo()
    Object.defineProperty(process, name, property)
  }
}

function observeWrites(stream: { write?: Write }, onWrite: () => void): () => void {
  const { write } = stream as { write: Write }
  let isOver = false // who has kept the function goes on with it
  const observed: Write = function (this: unknown, ...args) {
    if (isOver) return write.apply(this, args)
    onWrite()
    const done = args.at(-1)
    if (typeof done === 'function') process.nextTick(done as () => void)
    return true
  }
  const hadOwn = Object.hasOwn(stream, 'write')
  stream.write = observed
  return () => {
    isOver = true
    if (stream.write !== observed) return
    if (hadOwn) stream.write = write
    else delete stream.write
  }
}

/**
 * To ask for the stream is no use of it, which Node itself does to export it by name when `node:process` is first
 * imported. To read from it would take what is meant for the app that still runs.
 */
function observeInput(onUse: () => void, unobserved: <T>(act: () => T) => T): () => void {
  const property = Object.getOwnPropertyDescriptor(process, 'stdin') as PropertyDescriptor
  let undo: (() => void) | undefined
  const get = () => {
    const stream = unobserved(() => (property.get ? property.get.call(process) : property.value))
    undo ??= refuseUse(stream, onUse)
    return stream
  }
  Object.defineProperty(process, 'stdin', {
    configurable: true,
    enumerable: property.enumerable ?? true,
    get,
  })
  return () => {
    undo?.()
    Object.defineProperty(process, 'stdin', property)
  }
}

/** In the place of what reads, now or when it is idle, and of what changes the terminal. */
function refuseUse(stream: Record<string, unknown>, onUse: () => void): () => void {
  for (const name of USES) stream[name] = onUse
  return () => {
    for (const name of USES) if (stream[name] === onUse) delete stream[name]
  }
}
const USES = ['_read', 'read', 'resume', 'pipe', 'on', 'once', 'addListener', 'setRawMode']

/** A deprecated module of Node warns when it is loaded: the app is warned when it starts. */
function observeWarnings(): () => void {
  const { emitWarning } = process as unknown as { emitWarning: (...args: unknown[]) => void }
  const kept: unknown[][] = []
  let isOver = false // who has imported the function by its name goes on with it
  const warn = (...args: unknown[]) => (isOver ? emitWarning.apply(process, args) : void kept.push(args))
  Object.assign(process, { emitWarning: warn })
  return () => {
    isOver = true
    Object.assign(process, { emitWarning })
    for (const args of kept) emitWarning.apply(process, args)
  }
}
