/**
 * The parity of wide Reed–Solomon groups in O(n log n) multiplications instead of n².
 *
 * A Cauchy sum Σ_j d_j / (x + y_j) is, up to a factor that depends on x alone, the value at x of the polynomial that takes the
 * values d_j at the points y_j. The points of the first data slots fill a linear subspace, those of the parity slots lie in
 * its cosets, so interpolating and evaluating are Fourier transforms, see fourier.ts. Absent slots are zeros and vanish.
 *
 * Carried out on symbols for bit planes, the transform becomes XOR programs. One program for all would be code that no
 * instruction cache holds, with thousands of sums alive at a time. So there is one per group of elements that meet within a
 * few layers, and groups hand on intermediate results:
 *
 *     first    interpolates the three lowest layers of eight neighbours
 *     middle   interpolates the other layers and evaluates them on every coset, for elements eight apart
 *     last     evaluates the three lowest layers of eight neighbours of one coset
 */
import { coordinateOf, dataFactor, parityFactor, pointAt } from './cauchy-slots.ts'
import { cauchyFactor, type Elements, evaluate, interpolate } from './fourier.ts'
import { multiply } from './galois.ts'
import { intermediate, type Recipe, type XorStep } from './recipe.ts'
import { type Element, XorGraph, zeroElement } from './xor-graph.ts'

const lowLayers = [0, 1, 2]
const neighbours = 1 << lowLayers.length

interface Shape {
  /** Of the smallest subspace that holds the points of all data slots. At least four, as slot 0 has coordinate 8. */
  readonly dimensions: number
  /** Coordinates in the subspace, and in each of its cosets. */
  readonly size: number
  /** Data slots by coordinate. */
  readonly slots: ReadonlyMap<number, number>
  readonly cosets: readonly Coset[]
}

/** A coset that holds parities. */
interface Coset {
  /** Its first coordinate. */
  readonly start: number
  /** Its parities by the first coordinate of their eight neighbours, within the coset. */
  readonly blocks: ReadonlyMap<number, readonly Parity[]>
  /** What the steps call the element at a coordinate within the coset. */
  readonly placeOf: (coordinate: number) => number
}

interface Parity {
  readonly slot: number
  /** Within the coset. */
  readonly coordinate: number
}

/** Whether all parity points lie outside the subspace of the data points, as the transform requires. */
export function canTransform(dataShards: number, parityShards: number): boolean {
  return 1 << dimensionsOf(dataShards) <= 256 - parityShards
}

/** What a butterfly takes, what scaling an element takes, and what a coefficient is left with when sums are shared. */
const butterflyXors = 28
const scalingXors = 15
const coefficientXors = 11

/** Whether the transform takes fewer XORs than sums found from the coefficients, by rule of thumb. */
export function isTransformShorter(dataShards: number, parityShards: number): boolean {
  const dimensions = dimensionsOf(dataShards)
  const butterfliesOfCoset = (dimensions << dimensions) / 2
  const butterflies = butterfliesOfCoset * (1 + parityShards / (1 << dimensions))
  const xors = butterflyXors * butterflies + scalingXors * (dataShards + parityShards)
  return xors < coefficientXors * dataShards * parityShards
}

/** The sums of `cauchyParity(dataShards, parityShards)`, where {@link canTransform}. */
export function fourierRecipe(dataShards: number, parityShards: number): Recipe {
  const shape = shapeOf(dataShards, parityShards)
  return {
    *steps() {
      yield* firstSteps(shape)
      yield* middleSteps(shape)
      yield* lastSteps(shape)
    },
    intermediates: shape.size * (1 + shape.cosets.length),
    isPrepared: false,
  }
}

function dimensionsOf(dataShards: number): number {
  const coordinates = Array.from({ length: dataShards }, (_, slot) => coordinateOf(slot))
  return Math.ceil(Math.log2(Math.max(...coordinates) + 1))
}

function shapeOf(dataShards: number, parityShards: number): Shape {
  const dimensions = dimensionsOf(dataShards)
  const size = 1 << dimensions
  const slots = new Map(Array.from({ length: dataShards }, (_, slot) => [coordinateOf(slot), slot]))
  const blocksByStart = new Map<number, Map<number, Parity[]>>()
  for (let slot = 0; slot < parityShards; slot++) {
    const coordinate = coordinateOf(255 - slot) % size
    const start = coordinateOf(255 - slot) - coordinate
    const blocks = blocksByStart.get(start) ?? new Map<number, Parity[]>()
    blocksByStart.set(start, blocks)
    const block = coordinate - (coordinate % neighbours)
    blocks.set(block, [...(blocks.get(block) ?? []), { slot, coordinate }])
  }
  const cosets = [...blocksByStart].map(([start, blocks], index) => ({
    start,
    blocks,
    placeOf: (coordinate: number) => intermediate(size * (1 + index) + coordinate),
  }))
  return { dimensions, size, slots, cosets }
}

function* firstSteps({ size, slots }: Shape): Generator<XorStep> {
  for (let start = 0; start < size; start += neighbours) {
    const group = coordinatesFrom(start, 1, neighbours)
    const present = group.filter((coordinate) => slots.has(coordinate))
    if (present.length === 0) continue
    const sources = present.map((coordinate) => slots.get(coordinate)!)
    yield stepOf(sources, (graph, inputs) => {
      const elements: Elements = new Map(group.map((coordinate) => [coordinate, zeroElement]))
      present.forEach((coordinate, index) => {
        elements.set(coordinate, graph.multiply(dataFactor(sources[index]!), inputs[index]!))
      })
      interpolate(graph, elements, lowLayers)
      return new Map([...elements].map(([coordinate, element]) => [intermediate(coordinate), element]))
    })
  }
}

function* middleSteps({ dimensions, size, slots, cosets }: Shape): Generator<XorStep> {
  const layers = [...Array(dimensions).keys()].slice(lowLayers.length)
  const blockOf = (coordinate: number) => coordinate - (coordinate % neighbours)
  const interpolated = new Set([...slots.keys()].map(blockOf))
  for (let start = 0; start < neighbours; start++) {
    const group = coordinatesFrom(start, neighbours, size / neighbours)
    const present = group.filter((coordinate) => interpolated.has(blockOf(coordinate)))
    yield stepOf(present.map(intermediate), (graph, inputs) => {
      const elements: Elements = new Map(group.map((coordinate) => [coordinate, zeroElement]))
      present.forEach((coordinate, index) => {
        elements.set(coordinate, inputs[index]!)
      })
      interpolate(graph, elements, layers)
      const outputs = cosets.map((coset) => {
        const values: Elements = new Map(elements)
        evaluate(graph, values, layers.toReversed(), coset.start)
        const wanted = [...values].filter(([coordinate]) => coset.blocks.has(blockOf(coordinate)))
        return wanted.map(([coordinate, element]) => [coset.placeOf(coordinate), element] as const)
      })
      return new Map(outputs.flat())
    })
  }
}

function* lastSteps({ dimensions, slots, cosets }: Shape): Generator<XorStep> {
  for (const coset of cosets) {
    for (const [start, parities] of coset.blocks) {
      const group = coordinatesFrom(start, 1, neighbours)
      yield stepOf(group.map(coset.placeOf), (graph, inputs) => {
        const elements: Elements = new Map(group.map((coordinate, index) => [coordinate, inputs[index]!]))
        evaluate(graph, elements, lowLayers.toReversed(), coset.start)
        const outputs = parities.map(({ slot, coordinate }) => {
          const point = pointAt(coset.start + coordinate)
          const factor = multiply(parityFactor(slot), cauchyFactor(dimensions, point))
          return [slots.size + slot, graph.multiply(factor, elements.get(coordinate)!)] as const
        })
        return new Map(outputs)
      })
    }
  }
}

function coordinatesFrom(start: number, distance: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => start + index * distance)
}

/** A step from its sources to what the function makes of their elements, by target. */
function stepOf(
  sources: readonly number[],
  compute: (graph: XorGraph, inputs: readonly Element[]) => Map<number, Element>,
): XorStep {
  const graph = new XorGraph(sources.length)
  const outputs = compute(
    graph,
    sources.map((_, source) => graph.input(source)),
  )
  const program = graph.program([...outputs.values()])
  return { sources, targets: [...outputs.keys()], program, accumulate: false }
}
