import { SetMetadata } from '@nestjs/common';

export const OPEN_TO_RESTRICTED = 'open-to-restricted';

/** Opens a route to people who are signed in and must do something first, such as verify their address. */
export const OpenToRestricted = () => SetMetadata(OPEN_TO_RESTRICTED, true);
