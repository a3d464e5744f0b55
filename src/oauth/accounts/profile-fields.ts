import { plainToInstance } from 'class-transformer';
import { Validator } from '../../core/forms/rules.js';
import { EmailField, NameField } from '../../users/names/fields.js';
import { NAME } from '../../users/names/display-name.js';
import type { ProviderProfile } from '../providers/oauth-provider.js';

// What a provider says obeys the rules of our own forms, or is left out.

/** @returns the address as our forms would take it; null when they would refuse it, or for none */
export function acceptableEmail(email: string | null): string | null {
  return accepted(EmailOnly, { email: email ?? '' })?.email ?? null;
}

/** @returns the name as our forms would take it, its beginning if it is long; null for none */
export function acceptableName(name: string): string | null {
  return accepted(NameOnly, { name: cutName(name) })?.name ?? null;
}

/** @returns what people at the provider know the identity by; null when it says nothing of the kind */
export function identityName({ login, verifiedEmail, name }: ProviderProfile): string | null {
  return acceptableName(login) ?? acceptableName(verifiedEmail ?? '') ?? acceptableName(name);
}

/** The rule would refuse a name that is too long; its beginning is still a name. */
export function cutName(name: string): string {
  return Array.from(name.slice(0, 4 * NAME.max))
    .slice(0, NAME.max)
    .join('');
}

const validator = new Validator();

class EmailOnly {
  @EmailField()
  email: string;
}

class NameOnly {
  @NameField()
  name: string | null;
}

function accepted<T extends object>(rules: new () => T, values: T): T | null {
  const form = plainToInstance(rules, values);
  return validator.validateSync(form).length === 0 ? form : null;
}
