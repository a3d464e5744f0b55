import { SetMetadata } from '@nestjs/common';

export const PUBLIC = 'public';
export const OPEN_TO_RESTRICTED = 'open-to-restricted';

/** Opens a route to people who are not signed in. Without this mark every route denies. */
export const Public = () => SetMetadata(PUBLIC, true);

/** Opens a route to people who are signed in and must do something first, such as verify their address. */
export const OpenToRestricted = () => SetMetadata(OPEN_TO_RESTRICTED, true);
