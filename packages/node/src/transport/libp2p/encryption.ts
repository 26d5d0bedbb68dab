/**
 * How connections may be encrypted. `native-tls` and `libp2p-tls` are one protocol, and understand each other; see
 * native-tls/encrypter.ts for what sets them apart.
 */
import { noise } from '@chainsafe/libp2p-noise'
import { systemClock } from '../../clock/system-clock.ts'
import { nativeTls } from './native-tls/encrypter.ts'

export type Encryption = 'native-tls' | 'libp2p-tls' | 'noise'

export async function encrypterOf(encryption: Encryption) {
  if (encryption === 'native-tls') return nativeTls({ clock: systemClock })
  if (encryption === 'noise') return noise()
  // Loaded when it is needed: it takes as long as the rest of libp2p.
  return (await import('@libp2p/tls')).tls()
}
