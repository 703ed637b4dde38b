/** The version of this package, from the build; the sources by themselves, as in tests, have none. */
export const VERSION: string = typeof VERSION_IN_PACKAGE === 'string' ? VERSION_IN_PACKAGE : ''

declare const VERSION_IN_PACKAGE: string | undefined
