/** Runs in the browser: reports to the test what it computed, or why it could not. */
import { outcomes } from './outcomes.ts'

const report = await outcomes().catch((error: Error) => ({ failure: error.stack ?? String(error) }))
await fetch('/report', { method: 'POST', body: JSON.stringify(report) })
