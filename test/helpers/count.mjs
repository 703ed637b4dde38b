/** A reporter of node:test that only counts: its own summary differs from one Node to the next. */
export default async function* count(events) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for await (const { type, data } of events) {
    if (data.details?.type === 'suite') continue // its tests are counted
    if (type === 'test:fail' && !isExpected(data.todo)) counts.failed += 1
    if (type === 'test:pass') counts[isExpected(data.skip) ? 'skipped' : 'passed'] += 1
  }
  yield JSON.stringify(counts)
}

/** `skip` and `todo` may be a reason, and an empty one. */
const isExpected = (mark) => mark !== undefined && mark !== false
