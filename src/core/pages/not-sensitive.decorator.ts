import { SetMetadata } from '@nestjs/common';

export const NOT_SENSITIVE = 'not-sensitive';

/** Marks a form of the settings that needs no fresh authentication, and says why. */
export const NotSensitive = (reason: string) => SetMetadata(NOT_SENSITIVE, reason);
