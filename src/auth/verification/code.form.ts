import { Transform } from 'class-transformer';
import { IsNotEmpty, IsOptional, IsString } from '../../core/forms/rules.js';
import { Length } from '../../users/names/fields.js';
import { codeAsMade } from './verification-codes.js';

export class CodeForm {
  @Transform(({ value }) => (typeof value === 'string' ? codeAsMade(value) : value))
  @IsNotEmpty({ message: 'required' })
  @Length(0, 100, 'too-long')
  code: string;

  @IsOptional()
  @IsString()
  next?: string;
}
