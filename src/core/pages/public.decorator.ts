import { SetMetadata } from '@nestjs/common';

export const PUBLIC = 'public';

/** Opens a route to people who are not signed in. Without this mark every route denies. */
export const Public = () => SetMetadata(PUBLIC, true);
