import { NameField, UsernameField } from './names/fields.js';

/** What people say of themselves on the profile page: each field with its rules, and null for what was left empty. */
export class Profile {
  /** As typed. */
  @UsernameField()
  username: string;

  /** What other people see. */
  @NameField()
  name: string | null;
}

/** A profile as it stands in an account: what was left empty is absent. */
export type AccountProfile = Readonly<Pick<Profile, 'username'>> & {
  readonly [Field in Exclude<keyof Profile, 'username'>]?: NonNullable<Profile[Field]>;
};

/** @returns the profile out of an account, which holds more */
export function profileOf({ username, name }: AccountProfile): Profile {
  return { username, name: name ?? null };
}
