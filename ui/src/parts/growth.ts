// Series made from others: no figure that the service has computed is computed again.

/** Values rebased to 1 at the first known one. */
export function rebased(values: ArrayLike<number | null | undefined>): number[] {
  let base = NaN;
  return Array.from(values, (value) => {
    if (value === null || value === undefined || Number.isNaN(value)) return NaN;
    if (Number.isNaN(base)) base = value;
    return value / base;
  });
}

/** The values of `from` at the dates of `to`; null where there is none. Both in order. */
export function aligned(to_s: number[], from_s: number[], values: ArrayLike<number | null>): (number | null)[] {
  let place = 0;
  return to_s.map((seconds) => {
    while (place < from_s.length && (from_s[place] ?? 0) < seconds) place += 1;
    const value = from_s[place] === seconds ? values[place] : null;
    return value === undefined || Number.isNaN(value) ? null : value;
  });
}

export const ranges = [
  { name: "1 year", years: 1 },
  { name: "3 years", years: 3 },
  { name: "5 years", years: 5 },
  { name: "all", years: 0 },
];

const year_s = 365.25 * 86_400;

export function last_years(dates_s: number[], years: number): [number, number] | null {
  const last = dates_s.at(-1);
  return years === 0 || last === undefined ? null : [Math.max(dates_s[0] ?? last, last - years * year_s), last];
}

export interface Stacked {
  up: number[];
  down: number[];
}

/** Running sums of values over each other, what is positive upwards and what is negative downwards. */
export function stacked(values: ArrayLike<number | null>[]): Stacked[] {
  const length = values[0]?.length ?? 0;
  const up = new Array<number>(length).fill(0);
  const down = new Array<number>(length).fill(0);
  return values.map((one) => {
    for (let at = 0; at < length; ++at) {
      const value = one[at] ?? 0;
      if (value > 0) up[at] = (up[at] ?? 0) + value;
      if (value < 0) down[at] = (down[at] ?? 0) + value;
    }
    return { up: up.slice(), down: down.slice() };
  });
}
