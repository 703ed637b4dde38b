/** Keeps back what is written to the terminal while packages are loaded: nobody has asked for it yet. */

type Write = (...args: unknown[]) => boolean

/** `onEffect` gets the end of a sentence. Returns how to end it. */
export function observeOutput(onEffect: (what: string) => void): () => void {
  const undo = [
    observeStream('stdout', () => onEffect('writes output')),
    observeStream('stderr', () => onEffect('writes output')),
    observeInput(() => onEffect('uses standard input')),
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

/** A stream over it would take what is meant for the app that still runs. */
function observeInput(onUse: () => void): () => void {
  const property = Object.getOwnPropertyDescriptor(process, 'stdin') as PropertyDescriptor
  const get = () => {
    onUse()
    return property.get ? property.get.call(process) : property.value
  }
  Object.defineProperty(process, 'stdin', {
    configurable: true,
    enumerable: property.enumerable ?? true,
    get,
  })
  return () => void Object.defineProperty(process, 'stdin', property)
}

/** A deprecated module of Node warns when it is loaded: the app is warned when it starts. */
function observeWarnings(): () => void {
  const { emitWarning } = process
  const kept: unknown[][] = []
  process.emitWarning = (...args: unknown[]) => void kept.push(args)
  return () => {
    process.emitWarning = emitWarning
    for (const args of kept) (emitWarning as (...args: unknown[]) => void).apply(process, args)
  }
}
