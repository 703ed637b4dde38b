/**
 * Calls back with each key that an object does not have itself and that is read or set, until the returned function
 * is called. A missing key is looked up in the prototype: a proxy takes its place.
 */
export function observeMissing(
  object: object,
  onUse: (key: string | symbol, above: object, use: 'read' | 'set') => void,
): () => void {
  const above = Object.getPrototypeOf(object) as object
  const observed = new Proxy(above, {
    has(target, key) {
      onUse(key, target, 'read')
      return Reflect.has(target, key)
    },
    get(target, key, receiver) {
      onUse(key, target, 'read')
      return Reflect.get(target, key, receiver)
    },
    set(target, key, value, receiver) {
      onUse(key, target, 'set')
      return Reflect.set(target, key, value, receiver)
    },
  })
  Object.setPrototypeOf(object, observed)
  return () => {
    if (Object.getPrototypeOf(object) === observed) Object.setPrototypeOf(object, above)
  }
}
