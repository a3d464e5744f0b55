import { Page } from '../../core/pages/page.js';
import { leadingTo, returnPath } from '../../core/pages/return-path.js';
import type { SecondFactor } from '../../users/factors/second-factors.js';

/** Where second factors are asked for: each has a page of its own below its path. */
export interface StepPlace {
  readonly path: string;
  /** What the button says. */
  readonly submit: 'login' | 'confirm';
  /** Whether the person may say that the step is not to be asked for again there. */
  readonly trusts: boolean;
}

/** The second step of a login. */
export const AT_LOGIN: StepPlace = { path: '/login/second-step', submit: 'login', trusts: true };

/** What a page of a second factor is made of. */
export interface StepPage {
  readonly place: StepPlace;
  readonly view: string;
  /** The id of the factor that it asks for. */
  readonly factor: string;
  /** Those that may be shown there. */
  readonly factors: readonly SecondFactor[];
  /** Where it leads afterwards, unchecked. */
  readonly next?: unknown;
}

/** @returns the page that asks for a factor and leads to the others; null when it may not be shown there */
export function stepPage({ place, view, factor, factors, next }: StepPage): Page | null {
  const own = factors.find(({ id }) => id === factor);
  if (!own) return null;
  const others = factors
    .filter((each) => each !== own)
    .map((each) => ({ text: each.instead, path: leadingTo(returnPath(next), at(place, each)) }));
  const { submit, trusts } = place;
  return new Page(view, { action: at(place, own), submit, trusts, others, values: { next } });
}

/** @returns the address of the page that asks for a factor */
export function at({ path }: StepPlace, { step }: SecondFactor): string {
  return `${path}/${step}`;
}
