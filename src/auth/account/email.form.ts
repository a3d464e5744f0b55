import { EmailField } from '../../users/fields.js';
import { CurrentPassword } from '../reauthentication/current-password.decorator.js';

export class EmailForm {
  @EmailField()
  email: string;

  @CurrentPassword()
  currentPassword?: string;
}
