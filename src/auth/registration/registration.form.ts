import { IsNotEmpty, IsOptional, IsString } from 'class-validator';
import { EmailField, NameField, Rule, UsernameField } from '../../users/fields.js';

export class RegistrationForm {
  @EmailField()
  email: string;

  @UsernameField()
  username: string;

  @NameField({ required: true })
  name: string;

  @IsNotEmpty({ message: 'required' })
  password: string;

  @IsNotEmpty({ message: 'required' })
  @Rule((value, form) => value === (form as RegistrationForm).password, 'passwords-differ')
  passwordAgain: string;

  @IsOptional()
  @IsString()
  next?: string;
}
