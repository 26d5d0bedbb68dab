import { nodeDrain, scrubHurry, scrubShow, unitAdd, unitList, unitRemove, unitResize } from './control-messages.ts'
import { membersCompare, membersSwap } from './membership-messages.ts'
import { reachTry } from './reach-messages.ts'
import { rebalanceBegin, rebalanceShow, rebalanceStop } from './rebalance-messages.ts'
import {
  locationPut,
  shardCheck,
  shardDelete,
  shardForward,
  shardGet,
  shardPut,
  shardStat,
  shardsGet,
  shardsPut,
} from './shard-messages.ts'
import { stateAsk, stateCompare, statePing, stateSwap, stateTell } from './state-messages.ts'

/** Everything that members ask of each other. What is not here has no permission, and nobody can ask for it. */
export const allMessages = [
  shardPut,
  shardForward,
  locationPut,
  shardGet,
  shardsPut,
  shardsGet,
  shardStat,
  shardCheck,
  shardDelete,
  stateCompare,
  stateSwap,
  stateTell,
  statePing,
  stateAsk,
  unitList,
  unitAdd,
  unitRemove,
  unitResize,
  nodeDrain,
  scrubShow,
  scrubHurry,
  rebalanceShow,
  rebalanceBegin,
  rebalanceStop,
  membersCompare,
  membersSwap,
  reachTry,
] as const
