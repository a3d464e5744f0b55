import type { FieldError } from '../pages/pages.js';

/** A form whose values break its rules; one message for each field. */
export class InvalidForm extends Error {
  constructor(readonly errors: Readonly<Record<string, FieldError>>) {
    super('The form has mistakes');
  }
}
