import { IsNotEmpty, IsOptional, IsString } from '../../core/forms/rules.js';
import { EMAIL } from '../../users/names/email-address.js';
import { Length, Trimmed } from '../../users/names/fields.js';

/** The login form without its password, which browsers send along: it is dropped unread. */
export class MailedLoginForm {
  /** A user name or an e-mail address. */
  @Trimmed()
  @IsNotEmpty({ message: 'required' })
  @Length(0, EMAIL.max, 'too-long')
  identifier: string;

  @IsOptional()
  @IsString()
  remember?: string;

  @IsOptional()
  @IsString()
  next?: string;
}
