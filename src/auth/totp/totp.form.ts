import { Transform } from 'class-transformer';
import { IsNotEmpty, IsOptional, IsString, Matches } from '../../core/forms/rules.js';
import { digitsIn } from './totp-codes.js';

export class TotpForm {
  @Transform(({ value }) => (typeof value === 'string' ? digitsIn(value) : value))
  @Matches(/^\d{6}$/, { message: 'totp-format' })
  @IsNotEmpty({ message: 'required' })
  totp: string;
}

export class TotpStepForm extends TotpForm {
  /** "Don't ask again on this device". */
  @IsOptional()
  @IsString()
  trust?: string;
}
