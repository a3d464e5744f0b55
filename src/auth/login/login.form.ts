import { IsNotEmpty, IsOptional, IsString } from '../../core/forms/rules.js';
import { EMAIL } from '../../users/names/email-address.js';
import { Length, Trimmed } from '../../users/names/fields.js';

export class LoginForm {
  /** A user name or an e-mail address. */
  @Trimmed()
  @IsNotEmpty({ message: 'required' })
  @Length(0, EMAIL.max, 'too-long')
  identifier: string;

  @IsNotEmpty({ message: 'required' })
  password: string;

  @IsOptional()
  @IsString()
  remember?: string;

  @IsOptional()
  @IsString()
  next?: string;
}
