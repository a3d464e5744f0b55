import { IsNotEmpty, IsOptional, IsString } from '../../core/forms/rules.js';
import { NameField } from '../../users/names/fields.js';

/** What a ceremony came to. */
export class PasskeyForm {
  /** JSON, as the page's script has it from the browser; empty where no script runs. */
  @IsNotEmpty({ message: 'passkey-missing' })
  @IsString({ message: 'passkey-missing' })
  passkey: string;

  /** "Stay logged in", or "don't ask again on this device". */
  @IsOptional()
  @IsString()
  remember?: string;

  @IsOptional()
  @IsString()
  trust?: string;

  @IsOptional()
  @IsString()
  next?: string;
}

export class PasskeyNameForm {
  @NameField()
  name: string | null;
}
