import { IsNotEmpty, IsOptional, IsString } from 'class-validator';
import { Trimmed } from '../../users/fields.js';

export class LoginForm {
  /** A user name or an e-mail address. */
  @Trimmed()
  @IsNotEmpty({ message: 'required' })
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
