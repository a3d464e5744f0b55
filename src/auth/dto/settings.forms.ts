import { IsNotEmpty } from 'class-validator';
import { EmailField, Rule } from '../../users/fields.js';

// The fields stand in the order of the page: mistakes are listed in it. An inherited field would come last.

export class PasswordForm {
  @IsNotEmpty({ message: 'required' })
  currentPassword: string;

  @IsNotEmpty({ message: 'required' })
  newPassword: string;

  @IsNotEmpty({ message: 'required' })
  @Rule((value, form) => value === (form as PasswordForm).newPassword, 'passwords-differ')
  newPasswordAgain: string;
}

export class EmailForm {
  @EmailField()
  email: string;

  @IsNotEmpty({ message: 'required' })
  currentPassword: string;
}

export class DeletionForm {
  @IsNotEmpty({ message: 'required' })
  currentPassword: string;
}
