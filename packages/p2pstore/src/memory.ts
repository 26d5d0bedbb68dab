export { createMemoryNetwork, MemoryNetwork, type MemoryNetworkOptions, type MemoryNode } from '@p2pstore/node/memory'
