/**
 * Whose work a function does. A function that belongs to nobody, such as a copy or a callback of Node's own, works for whoever
 * called it: going down a profile's tree, the last part that was recognised holds.
 *
 * What runs outside any function is called `(program)` by V8. In a process that serves sockets that is the event loop: system
 * calls that read, and the decryption of what they read.
 */
export const parts = [
  'coding',
  'hashing',
  'sealing',
  'TLS and sockets',
  'framing and streams',
  'disk',
  'garbage collection',
  'the rest',
] as const
export type Part = (typeof parts)[number]

interface Rule {
  readonly part: Part
  readonly functionName?: RegExp
  readonly url?: RegExp
}

/** The first that fits. */
const rules: readonly Rule[] = [
  { part: 'garbage collection', functionName: /^\(garbage collector\)$/ },
  { part: 'TLS and sockets', functionName: /^\(program\)$/ },
  { part: 'hashing', functionName: /^(crc32|sha256)$/ },
  { part: 'hashing', url: /internal\/crypto\/hash/ },
  { part: 'sealing', url: /internal\/crypto\/cipher|\/object\/cipher\.js/ },
  { part: 'coding', url: /^wasm:|\/packages\/codec\// },
  { part: 'TLS and sockets', url: /^node:(net|_tls_|internal\/stream_base)|\/native-tls\// },
  {
    part: 'framing and streams',
    url: /\/node\/dist\/(protocol|transport|encoding|messages)\/|@libp2p\/|\/uint8arraylist\//,
  },
  { part: 'disk', url: /^node:(fs|internal\/fs)|\/node\/dist\/store\// },
  { part: 'the rest', url: /\/packages\/|\/benchmarks\/|\/node_modules\// },
]

export function partOf({ functionName, url }: { functionName: string; url: string }): Part | undefined {
  return rules.find((rule) => (rule.functionName?.test(functionName) ?? true) && (rule.url?.test(url) ?? true))?.part
}
