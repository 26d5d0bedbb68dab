/**
 * Where to write the names of points, so that they collide neither with each other nor with what is drawn.
 *
 * Each label tries places around its point, near ones first, and takes the one that covers least of everything else. As
 * the first to choose can't know what the last will need, all choose again a few times.
 */
export interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

export interface LabelRequest {
  /** The point. */
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Surroundings {
  /** Labels stay inside. */
  readonly frame: Box
  /** Boxes not to cover: markers, lines, notes. */
  readonly obstacles: readonly Box[]
}

const passes = 4
/** From the point to the label's nearest side or corner. */
const distances = [9, 16, 26, 38, 52, 68]
/** What a unit of distance costs against a unit of covered area. */
const distanceCost = 0.4

export function placeLabels(requests: readonly LabelRequest[], { frame, obstacles }: Surroundings): Box[] {
  const placed: (Box | undefined)[] = requests.map(() => undefined)
  for (let pass = 0; pass < passes; pass++) {
    requests.forEach((request, index) => {
      const others = placed.filter((box, other) => box !== undefined && other !== index) as Box[]
      const cost = (box: Box): number => {
        const covered = [...obstacles, ...others].reduce((area, other) => area + overlap(grown(box), other), 0)
        const outside = box.width * box.height - overlap(box, frame)
        return covered + 10 * outside + distanceCost * distance(request, box)
      }
      const candidates = candidatesFor(request)
      placed[index] = candidates.reduce((best, box) => (cost(box) < cost(best) ? box : best))
    })
  }
  return placed as Box[]
}

function candidatesFor({ x, y, width, height }: LabelRequest): Box[] {
  return distances.flatMap((distance) => {
    const diagonal = distance * 0.75
    const [middleX, middleY] = [x - width / 2, y - height / 2]
    const places = [
      [x + distance, middleY],
      [x - distance - width, middleY],
      [middleX, y - distance - height],
      [middleX, y + distance],
      [x + diagonal, y - diagonal - height],
      [x - diagonal - width, y - diagonal - height],
      [x + diagonal, y + diagonal],
      [x - diagonal - width, y + diagonal],
    ] as const
    return places.map(([left, top]) => ({ left, top, width, height }))
  })
}

export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left)
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top)
  return Math.max(width, 0) * Math.max(height, 0)
}

/** A little air around a label. */
function grown({ left, top, width, height }: Box): Box {
  return { left: left - 3, top: top - 1, width: width + 6, height: height + 2 }
}

/** From the point to the nearest point of the box. */
function distance({ x, y }: LabelRequest, { left, top, width, height }: Box): number {
  const dx = Math.max(left - x, 0, x - left - width)
  const dy = Math.max(top - y, 0, y - top - height)
  return Math.hypot(dx, dy)
}
