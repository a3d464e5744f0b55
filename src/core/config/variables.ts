import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';

/** The environment as it may be set; names as in `.env.example`, which explains each one. */
export class Environment {
  @IsOptional()
  @IsIn(['development', 'production', 'test'], {
    message: 'NODE_ENV must be development, production or test, or be left out.',
  })
  NODE_ENV?: string;

  @Transform(({ value }) => Number(value))
  @IsInt({ message: 'PORT must be a whole number.' })
  @Min(0, { message: 'PORT must be 0 or more.' })
  @Max(65535, { message: 'PORT must be 65535 or less.' })
  PORT = 3000;

  @IsString()
  HOST = '';

  @IsString()
  BASE_URL = '';

  @IsString()
  DATA_DIR = '.data';

  @Matches(/^$|^embedded$|^mongodb(\+srv)?:\/\//, {
    message: 'MONGODB_URI must be empty, "embedded", or start with mongodb:// or mongodb+srv://.',
  })
  MONGODB_URI = '';

  @Transform(({ value }) => list(value))
  SESSION_SECRET: string[] = [];

  @Transform(({ value }) => list(value))
  PASSWORD_PEPPER: string[] = [];

  @Transform(({ value }) => Number(value))
  @IsInt({ message: 'BCRYPT_COST must be a whole number.' })
  @Min(4, { message: 'BCRYPT_COST must be 4 or more, and 12 or more in production.' })
  @Max(20, { message: 'BCRYPT_COST must be 20 or less: each step doubles the time of a login.' })
  BCRYPT_COST = 12;

  @Transform(({ value }) => Number(value))
  @IsInt({ message: 'PASSWORD_MIN_LENGTH must be a whole number.' })
  @Min(8, { message: 'PASSWORD_MIN_LENGTH must be 8 or more (OWASP ASVS 6.2.1).' })
  @Max(64, { message: 'PASSWORD_MIN_LENGTH must be 64 or less.' })
  PASSWORD_MIN_LENGTH = 8;

  @Transform(({ value }) => list(value))
  TRUST_PROXY: string[] = [];

  @MaxLength(40, { message: 'BRAND must be 40 characters or less.' })
  BRAND = 'Latchkey';
}

function list(value: unknown): string[] {
  return String(value)
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}
