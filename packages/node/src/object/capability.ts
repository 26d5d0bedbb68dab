/**
 * A capability is the one short text that a person keeps for an object. It carries everything a member of the network
 * needs and nothing that the storing nodes know:
 *
 *   read    = network (8 B) ‖ secret (32 B)                  opens the object; every key is derived from the secret
 *   verify  = network (8 B) ‖ object id (16 B) ‖ root (32 B)  checks and repairs the object, can't read it
 *
 * Written as a prefix that names the kind and version, then base58 (no characters that look alike, one word for a double
 * click) of the bytes and their CRC-32, so that a truncated or altered text is noticed before anything is asked for.
 */
import { crc32 } from 'node:zlib'
import { base58btc } from 'multiformats/bases/base58'
import { CodedError } from '../coded-error.ts'

interface ReadCapability {
  readonly kind: 'read'
  /** First 8 bytes of the network's id. */
  readonly network: Uint8Array
  /** 32 bytes, fresh for every object. */
  readonly secret: Uint8Array
}

interface VerifyCapability {
  readonly kind: 'verify'
  readonly network: Uint8Array
  /** 16 bytes. */
  readonly objectId: Uint8Array
  /** SHA-256 of the manifest's body. */
  readonly root: Uint8Array
}

export type Capability = ReadCapability | VerifyCapability

export class CapabilityError extends CodedError<'CAPABILITY_INVALID' | 'WRONG_NETWORK' | 'CAPABILITY_TOO_WEAK'> {}

const prefixes = { read: 'p2pstore_r1_', verify: 'p2pstore_v1_' } as const
const networkBytes = 8
const bodyBytes = { read: networkBytes + 32, verify: networkBytes + 16 + 32 } as const
/** Longer than any capability; what is longer is refused before it is decoded. */
const maximumTextLength = 128

export function formatCapability(capability: Capability): string {
  const body =
    capability.kind === 'read'
      ? Buffer.concat([capability.network, capability.secret])
      : Buffer.concat([capability.network, capability.objectId, capability.root])
  return prefixes[capability.kind] + base58btc.baseEncode(Buffer.concat([body, checksum(capability.kind, body)]))
}

/** @throws CapabilityError CAPABILITY_INVALID */
export function parseCapability(text: string): Capability {
  const trimmed = text.trim()
  const kind = (['read', 'verify'] as const).find((candidate) => trimmed.startsWith(prefixes[candidate]))
  if (kind === undefined || trimmed.length > maximumTextLength) {
    throw invalid(`a capability starts with ${prefixes.read} or ${prefixes.verify}`)
  }
  const bytes = decode(trimmed.slice(prefixes[kind].length))
  const body = bytes.subarray(0, bodyBytes[kind])
  if (bytes.length !== bodyBytes[kind] + 4 || !checksum(kind, body).equals(bytes.subarray(bodyBytes[kind]))) {
    throw invalid('it has been truncated or altered; copy it again in full')
  }
  const network = body.subarray(0, networkBytes)
  return kind === 'read'
    ? { kind, network, secret: body.subarray(networkBytes) }
    : {
        kind,
        network,
        objectId: body.subarray(networkBytes, networkBytes + 16),
        root: body.subarray(networkBytes + 16),
      }
}

/** @throws CapabilityError WRONG_NETWORK */
export function assertSameNetwork(capability: Capability, networkId: Uint8Array): void {
  if (!Buffer.from(networkId.subarray(0, networkBytes)).equals(capability.network)) {
    throw new CapabilityError(
      'WRONG_NETWORK',
      'this capability belongs to another network; use a member of that network',
    )
  }
}

/** The part of a network's id that capabilities carry. */
export function capabilityNetwork(networkId: Uint8Array): Uint8Array {
  return networkId.slice(0, networkBytes)
}

function decode(text: string): Buffer {
  try {
    return Buffer.from(base58btc.baseDecode(text))
  } catch {
    throw invalid('it has been truncated or altered; copy it again in full')
  }
}

function checksum(kind: Capability['kind'], body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc32(body, crc32(prefixes[kind])))
  return bytes
}

function invalid(reason: string): CapabilityError {
  return new CapabilityError('CAPABILITY_INVALID', `this is not a whole capability: ${reason}`)
}
