import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import type { ValidationOptions } from 'class-validator';
import { IsNotEmpty, IsOptional, Matches, registerDecorator } from '../../core/forms/rules.js';
import { cleanName, NAME } from './display-name.js';
import { EMAIL, parseEmail } from './email-address.js';
import { USERNAME } from './username.js';
import { trimInvisible } from './visible-text.js';

// In each field the rules stand in this order, and the first one that fails is told. Lengths come
// before whatever costs time for each character.

/**
 * UTF-16 units. Beyond it a text is not cleaned: it is too long in any case, and cleaning has its
 * price.
 */
const CLEANED_MAX = 1024;

/** The rules of a user name wherever one is typed. */
export function UsernameField(): PropertyDecorator {
  return applyDecorators(
    Trimmed(),
    IsNotEmpty({ message: 'required' }),
    Length(USERNAME.min, USERNAME.max),
    Matches(USERNAME.pattern, { message: 'username-characters' }),
  );
}

/**
 * The rules of an e-mail address wherever one is typed; what passes is in the form in which it is
 * stored.
 */
export function EmailField(): PropertyDecorator {
  return applyDecorators(
    Changed((typed) => parseEmail(trimInvisible(typed)) ?? trimInvisible(typed)),
    IsNotEmpty({ message: 'required' }),
    Length(1, EMAIL.max, 'too-long'),
    Rule((value) => parseEmail(value) !== null, 'email-format'),
  );
}

/** The rules of a display name, which may be left out. */
export function NameField(): PropertyDecorator {
  return OptionalText(NAME.max);
}

/**
 * The rules of a line of text that other people see, and that may be left out: null for none.
 *
 * @param max in code points
 */
export function OptionalText(max: number): PropertyDecorator {
  return applyDecorators(
    Changed((typed) => (typed.length > CLEANED_MAX ? typed : cleanName(typed) || null)),
    IsOptional(),
    Length(1, max, 'too-long'),
  );
}

/** What can't be seen around what was typed is dropped; never used on passwords. */
export function Trimmed(): PropertyDecorator {
  return Changed(trimInvisible);
}

/** A rule of our own; anything but text breaks it. */
export function Rule(
  holds: (value: string, form: object) => boolean,
  message: string,
  options: ValidationOptions = {},
): PropertyDecorator {
  return (target, property) => {
    registerDecorator({
      name: message,
      target: target.constructor,
      propertyName: String(property),
      options: { ...options, message },
      validator: {
        validate: (value, args) => typeof value === 'string' && holds(value, args?.object ?? {}),
      },
    });
  };
}

/** Limits count code points, as people count characters; class-validator's own counts UTF-16 units. */
export function Length(min: number, max: number, message = 'length'): PropertyDecorator {
  const inside = (value: string) => codePoints(value) >= min && codePoints(value) <= max;
  return Rule(inside, message, { context: { min, max } });
}

function Changed(change: (typed: string) => string | null): PropertyDecorator {
  return Transform(({ value }) => (typeof value === 'string' ? change(value) : value));
}

function codePoints(text: string): number {
  return [...text].length;
}
