import { IsOptional, IsString } from 'class-validator';
import { CurrentPassword } from './current-password.decorator.js';

export class ConfirmForm {
  @CurrentPassword()
  currentPassword?: string;

  @IsOptional()
  @IsString()
  next?: string;
}
