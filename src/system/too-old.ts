/** What is wrong with this version of Node. Undefined if nothing is. */
export const tooOld: string | undefined =
  process.getBuiltinModule === undefined
    ? `exit75 needs Node 20.19 or newer, but this is Node ${process.version}: update Node, or leave exit75 out here`
    : undefined
