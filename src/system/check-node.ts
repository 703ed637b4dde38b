/** Imported first by every entry: otherwise an older Node would fail with an unrelated error. */
if (process.getBuiltinModule === undefined || /^v20\.1[0-8]\./.test(process.version))
  throw new Error(`exit75 needs Node 20.19 or newer, but this is Node ${process.version}`)
