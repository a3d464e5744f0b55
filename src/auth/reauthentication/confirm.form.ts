import { IsOptional, IsString } from '../../core/forms/rules.js';
import { CurrentPassword } from './current-password.decorator.js';

export class ConfirmForm {
  @CurrentPassword()
  currentPassword?: string;

  @IsOptional()
  @IsString()
  next?: string;
}
