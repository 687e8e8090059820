/**
 * What a test and its hooks threw, as it was thrown: the runner keeps plain records, from which nobody can tell the
 * submission's error from a failed assertion.
 */
const thrownBy = new WeakMap<object, unknown[]>()

export function noteThrown(test: object | undefined, error: unknown): void {
  if (!test) return
  thrownBy.set(test, [...thrownIn(test), ...(Array.isArray(error) ? error : [error])])
}

export const thrownIn = (test: object): unknown[] => thrownBy.get(test) ?? []
