/** The first thing that any entry does: an older Node would say what it lacks, and not that it is too old. */
if (process.getBuiltinModule === undefined)
  throw new Error(`exit75 needs Node 20.19 or newer, and this is Node ${process.version}`)
