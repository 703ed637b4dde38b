/** Reads a property without calling its getter: some of them warn, or load much. */

/**
 * Returns the value of an object's own property, or its getter; where that was removed, of the one it inherits. Not by its descriptor: a boot looks at a thousand
 * properties, and that many descriptors fill half of the space in which V8 creates objects, whose collection takes a
 * tenth of Node's start.
 */
export const valueIn = (object: object, key: string | symbol): unknown =>
  getterIn(object, key) ?? (object as Record<string | symbol, unknown>)[key]

/** Of the object itself, or of a prototype (https://tc39.es/ecma262/#sec-object.prototype.__lookupGetter__). */
const getterIn: (object: object, key: string | symbol) => (() => unknown) | undefined =
  Function.prototype.call.bind(
    (Object.prototype as unknown as { __lookupGetter__: () => () => unknown }).__lookupGetter__,
  )
