import { IsNotEmpty, IsOptional, IsString } from '../../core/forms/rules.js';
import { Length, Trimmed } from '../../users/names/fields.js';

export class RecoveryCodeForm {
  @Trimmed()
  @IsNotEmpty({ message: 'required' })
  @Length(0, 100, 'too-long')
  recoveryCode: string;

  /** "Don't ask again on this device". */
  @IsOptional()
  @IsString()
  trust?: string;

  @IsOptional()
  @IsString()
  next?: string;
}
