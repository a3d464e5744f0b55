/** A sensitive step needs an authentication that is not older than `REAUTHENTICATION_WINDOW`. */
export class ReauthenticationRequired extends Error {
  /** @param page to come back to afterwards */
  constructor(readonly page: string) {
    super();
  }
}
