import { IsNotEmpty } from 'class-validator';
import { Rule } from '../../users/fields.js';
import { CurrentPassword } from '../reauthentication/current-password.decorator.js';

// The fields stand in the order of the page: mistakes are listed in it.
export class PasswordForm {
  @CurrentPassword()
  currentPassword?: string;

  @IsNotEmpty({ message: 'required' })
  newPassword: string;

  @IsNotEmpty({ message: 'required' })
  @Rule((value, form) => value === (form as PasswordForm).newPassword, 'passwords-differ')
  newPasswordAgain: string;
}
