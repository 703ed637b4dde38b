/** File extensions that can be code of a Node program. */
export const CODE_ENDINGS: readonly string[] =
  '.js .cjs .mjs .jsx .ts .cts .mts .tsx .json .node .wasm'.split(' ')
