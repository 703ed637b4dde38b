/** Holds back what packages write to the terminal while they are loaded: the app has not started yet. */

type Write = (...args: unknown[]) => boolean

/** `onEffect` gets the end of a sentence; `unobserved` runs what Node does by itself. Returns a function that ends it. */
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

/** Observes a stream only once it is read: creating one takes time. */
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
  let isOver = false // other code may keep this function
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
 * Reading the property is not a use of the stream: Node itself reads it when `node:process` is first
 * imported. Reading from it would take input that is meant for the running app.
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

/** Replaces the methods that read, or begin to read later, or change the terminal. */
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
  let isOver = false // other code may have imported this function by name
  const warn = (...args: unknown[]) => (isOver ? emitWarning.apply(process, args) : void kept.push(args))
  Object.assign(process, { emitWarning: warn })
  return () => {
    isOver = true
    Object.assign(process, { emitWarning })
    for (const args of kept) emitWarning.apply(process, args)
  }
}
