import { NAME } from './display-name.js';

/** Whether a stored value is a text that says something: one without letters could not be written again. */
export function isFilled(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Whether a stored value is what people call something. */
export function isName(value: unknown): value is string {
  const length = typeof value === 'string' ? [...value].length : 0;
  return length >= NAME.min && length <= NAME.max;
}
