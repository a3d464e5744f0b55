import { CurrentPassword } from '../reauthentication/current-password.decorator.js';

export class DeletionForm {
  @CurrentPassword()
  currentPassword?: string;
}
