import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import {
  IsEmail,
  IsNotEmpty,
  Matches,
  registerDecorator,
  type ValidationOptions,
} from 'class-validator';
import { cleanName, NAME } from './display-name.js';
import { canonicalEmail, EMAIL } from './email-address.js';
import { isReservedUsername, USERNAME } from './username.js';

/** The rules of a user name wherever one is typed. The safe characters are S60 of the original, ASCII alone. */
export function UsernameField(): PropertyDecorator {
  return applyDecorators(
    Trimmed(),
    // In this order; the first one that fails is told.
    IsNotEmpty({ message: 'required' }),
    Length(USERNAME.min, USERNAME.max),
    Matches(USERNAME.pattern, { message: 'username-characters' }),
    Rule((value) => !isReservedUsername(value), 'username-reserved'),
  );
}

/** The rules of an e-mail address wherever one is typed. */
export function EmailField(): PropertyDecorator {
  return applyDecorators(
    Trimmed(),
    IsNotEmpty({ message: 'required' }),
    Length(1, EMAIL.max, 'too-long'),
    IsEmail({ allow_utf8_local_part: false }, { message: 'email-format' }),
    // The rule above lets them pass in a domain.
    Rule((value) => !/[\p{C}\p{Z}]/u.test(value), 'email-format'),
    // The lookup form can be longer than what was typed: an international domain becomes ASCII.
    Rule((value) => codePoints(canonicalEmail(value)) <= 254, 'email-format'),
  );
}

/** The rules of a display name. */
export function NameField({ required }: { required: boolean }): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }) => (typeof value === 'string' ? cleanName(value) : value)),
    ...(required ? [IsNotEmpty({ message: 'required' })] : []),
    Length(0, NAME.max, 'too-long'),
    // Joiners alone are not a name that anybody can see.
    Rule(
      (value) => value === '' || /[^\p{Z}\p{C}\p{Default_Ignorable_Code_Point}]/u.test(value),
      'name-invisible',
    ),
  );
}

/** White space around what was typed is dropped; never used on passwords. */
export function Trimmed(): PropertyDecorator {
  return Transform(({ value }) => (typeof value === 'string' ? value.trim() : value));
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

// Limits count code points, as people count characters; class-validator's own counts UTF-16 units.
function Length(min: number, max: number, message = 'length'): PropertyDecorator {
  const inside = (value: string) => codePoints(value) >= min && codePoints(value) <= max;
  return Rule(inside, message, { context: { min, max } });
}

function codePoints(text: string): number {
  return [...text].length;
}
