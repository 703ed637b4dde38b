export const WINE_FAULTS: readonly never[] = []
