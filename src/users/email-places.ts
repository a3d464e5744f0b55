/** The place of the account that verified the address. */
export const VERIFIED_PLACE = 0;

/** As many people as may claim an address that nobody has verified: a stranger who came first bars nobody. */
export const UNVERIFIED_PLACES: readonly number[] = [1, 2, 3, 4, 5];
