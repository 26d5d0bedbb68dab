import { systemClock } from '../../src/clock/system-clock.ts'
import { testClock } from '../contract/clock.ts'

testClock('system', () => ({ clock: systemClock, settle: (promise) => promise }))
