/** Figures as people read them. */
import type { LossChance } from './durability/loss-chance.ts'

/** `1.6 %`, `0.1 %`, `1.9e-7`. */
export function formatChance(chance: number): string {
  return isPercent(chance) ? percent(chance) : scientific(chance)
}

/** Simulated ones have a ~ in front, and their standard error behind where it shows. */
export function formatLossChance({ chance, method, standardError }: LossChance): string {
  if (method === 'exact') return formatChance(chance)
  const isVisible = standardError > chance / 1000
  const error = isPercent(chance) ? percent(standardError) : scientific(standardError)
  return `~${formatChance(chance)}${isVisible ? ` ± ${error}` : ''}`
}

/** `0.95`, `1648`, `1.1e9`. */
export function formatYears(years: number): string {
  return years < 100_000 ? short(years) : scientific(years)
}

/** Two significant digits, whole numbers whole. */
export function short(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(2)))
}

/** Three significant digits: `21.3`. */
export function formatSpeed(gigabytesPerSecond: number): string {
  return gigabytesPerSecond >= 100 ? gigabytesPerSecond.toFixed(0) : gigabytesPerSecond.toPrecision(3)
}

function scientific(value: number): string {
  return value.toExponential(1).replace('e+', 'e')
}

function isPercent(chance: number): boolean {
  return chance === 0 || Number(chance.toPrecision(2)) >= 0.001
}

function percent(chance: number): string {
  return `${short(chance * 100)} %`
}
