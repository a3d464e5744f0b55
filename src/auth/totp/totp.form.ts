import { Transform } from 'class-transformer';
import { IsNotEmpty, IsOptional, IsString, Matches } from '../../core/forms/rules.js';
import { CurrentPassword } from '../reauthentication/current-password.decorator.js';
import { digitsIn } from './totp-codes.js';

export class TotpForm {
  @Transform(({ value }) => (typeof value === 'string' ? digitsIn(value) : value))
  @Matches(/^\d{6}$/, { message: 'totp-format' })
  @IsNotEmpty({ message: 'required' })
  totp: string;
}

/** A session that was taken just after the login could lock its person out by an app of its own. */
export class AuthenticatorForm extends TotpForm {
  @CurrentPassword()
  currentPassword?: string;
}

export class TotpConfirmForm extends TotpForm {
  @IsOptional()
  @IsString()
  next?: string;
}

export class TotpStepForm extends TotpForm {
  /** "Don't ask again on this device". */
  @IsOptional()
  @IsString()
  trust?: string;
}
