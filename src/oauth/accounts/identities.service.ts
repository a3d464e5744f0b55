import { Injectable } from '@nestjs/common';
import { RegistrationThrottle } from '../../auth/registration/registration-throttle.js';
import { ReauthenticationFailed } from '../../auth/session/session.events.js';
import { Clock } from '../../core/clock.js';
import { DomainError } from '../../core/domain-error.js';
import { Events } from '../../core/events.js';
import { Log } from '../../core/http/log.js';
import type { AccountEvent } from '../../users/account.events.js';
import type { SessionChange } from '../../users/session.js';
import { EmailAlreadyRegistered, IdentityTaken, UsernameTaken } from '../../users/user.errors.js';
import type { User } from '../../users/user.js';
import { EmailClaims } from '../../users/email-claims.js';
import { EmailsService } from '../../users/emails.service.js';
import { UsersService } from '../../users/users.service.js';
import type { FlowOutcome } from '../flow/authorization-flow.js';
import { OtherIdentity, ProviderLinkedAlready } from '../flow/flow.errors.js';
import type { VerifiedIdentity } from '../providers/oauth-provider.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import { IdentityLinkRefused, IdentityUnlinkRefused } from './identity.events.js';
import type { IdentityOutcome } from './identity-outcome.js';
import type { PendingLink } from './pending-links.js';
import { acceptableEmail, acceptableName, identityName } from './profile-fields.js';
import { usernames } from './suggested-names.js';
import { TokenRevoker } from './token-revoker.js';
import { TokenSeal } from './token-seal.js';

/** A login is decided on two look-ups and a write; more rounds than this mean that something is wrong. */
const MAX_ROUNDS = 5;

/**
 * What an identity means here. It is known by issuer and subject alone; an address that matches never
 * logs anybody in and links nothing (Sudhodanan and Paverd 2022, OWASP ASVS 6.8.1).
 */
@Injectable()
export class IdentitiesService {
  constructor(
    private readonly users: UsersService,
    private readonly emails: EmailsService,
    private readonly claims: EmailClaims,
    private readonly registry: ProviderRegistry,
    private readonly throttle: RegistrationThrottle,
    private readonly seal: TokenSeal,
    private readonly revoker: TokenRevoker,
    private readonly clock: Clock,
    private readonly events: Events,
    private readonly log: Log,
  ) {}

  /**
   * Somebody who is not signed in came back from a provider. An address that the provider vouches for and
   * that no account here has verified goes to the new account.
   *
   * @param network the client's, for the limit of registrations
   * @param wanted where they wanted to go, vetted, and whether to be kept logged in
   * @throws TooManyAttempts, IdentityTaken, EmailAlreadyRegistered, UsernameTaken
   */
  async logIn(
    verified: VerifiedIdentity,
    network: string | null,
    { next, remember }: Pick<PendingLink, 'next' | 'remember'>,
  ): Promise<IdentityOutcome> {
    const { identity, profile, token } = verified;
    const email = acceptableEmail(profile.verifiedEmail);
    for (let round = 0; ; round++) {
      const known = await this.users.findByIdentity(identity.key);
      if (known) return this.known(known, verified);
      const owner = email === null ? null : await this.claims.owner(email);
      if (email !== null && owner) {
        // The same person in another tab was faster by less than the two look-ups.
        if (owner.identities.some(({ key }) => key === identity.key)) {
          return this.known(owner, verified);
        }
        const link = { identity, profile, token, email, userId: owner.id, next, remember };
        return { kind: 'pending', link };
      }
      try {
        const register = () => this.register(verified, email);
        return { kind: 'registered', user: await this.throttle.register(network, register) };
      } catch (error) {
        // Somebody was faster: the same person in another tab, or another holder of the address.
        const faster = error instanceof IdentityTaken || error instanceof EmailAlreadyRegistered;
        if (!faster || round >= MAX_ROUNDS) throw this.unresolved(error, identity.provider);
      }
    }
  }

  /**
   * Links an identity to the account of the person signed in. A verified address that is the account's
   * own counts as verified from now on.
   *
   * @param sessions what it does to them
   * @returns the changed account, or null when the identity is linked to it already
   * @throws IdentityTaken, ProviderLinkedAlready, AccountChangedMeanwhile
   */
  link(user: User, verified: VerifiedIdentity, sessions: SessionChange): Promise<User | null> {
    const { provider } = verified.identity;
    const refused = (code: string) => new IdentityLinkRefused(user.id, provider, code);
    return this.telling(refused, async () => {
      const owner = await this.users.findByIdentity(verified.identity.key);
      if (owner?.id === user.id) return null;
      if (owner) throw new IdentityTaken(this.named(provider));
      const changed = await this.users
        .link(user, this.described(verified), sessions)
        .catch((error: unknown) => {
          throw error instanceof IdentityTaken ? new IdentityTaken(this.named(provider)) : error;
        });
      if (!changed) throw new ProviderLinkedAlready(this.named(provider));
      const email = verified.profile.verifiedEmail;
      // After a crash in between the link stands and the address is as it was. A session that ended
      // meanwhile verifies nothing.
      const acting = { ...changed, session: sessions.put };
      if (email !== null) await this.emails.verify(acting, email);
      return changed;
    });
  }

  /**
   * The person signed in re-authenticated by a flow.
   *
   * @throws OtherIdentity when it is not an identity of their account
   */
  async reauthenticate(user: User, outcome: FlowOutcome): Promise<void> {
    const { identity, flow } = outcome;
    if (!user.identities.some(({ key }) => key === identity.key)) {
      const error = new OtherIdentity(this.registry.labelOf(identity.provider), flow);
      await this.events.publish(new ReauthenticationFailed(user.id, identity.provider, error.code));
      throw error;
    }
    await this.users.noteUse(user, this.described(outcome));
  }

  /**
   * Takes a linked identity away, never the last way in.
   *
   * @param sessions what it does to them
   * @returns the changed account, or null when nothing of this provider was linked
   * @throws LastWayIn, AccountChangedMeanwhile
   */
  unlink(user: User, provider: string, sessions: SessionChange): Promise<User | null> {
    const refused = (code: string) => new IdentityUnlinkRefused(user.id, provider, code);
    return this.telling(refused, () => this.users.unlink(user, provider, sessions));
  }

  /**
   * The person wants no link. Its token is revoked, unless the identity got into use meanwhile: a
   * provider that gives the token for it only once would give none at the next try.
   */
  async decline(link: PendingLink): Promise<void> {
    if (!(await this.users.findByIdentity(link.identity.key))) this.revoker.declined(link);
  }

  // The database refuses an account as the double of one that it doesn't find, round after round.
  private unresolved(error: unknown, provider: string): unknown {
    if (!(error instanceof DomainError)) return error;
    this.log.event('registration-conflict', { level: 'error', provider, code: error.code });
    return error instanceof IdentityTaken ? new IdentityTaken(this.named(provider)) : error;
  }

  private async known(user: User, verified: VerifiedIdentity): Promise<IdentityOutcome> {
    return { kind: 'known', user: await this.users.noteUse(user, this.described(verified)) };
  }

  private async register(verified: VerifiedIdentity, email: string | null): Promise<User> {
    const { profile, identity } = verified;
    const now = this.clock.now();
    const name = acceptableName(profile.name);
    const account = {
      ...(name !== null && { name }),
      ...(email !== null && { email, emailVerifiedAt: now }),
      identities: [{ ...this.described(verified), linkedAt: now, lastUsedAt: now }],
    };
    for (const username of usernames(profile)) {
      try {
        return await this.users.register({ username, ...account }, identity.provider);
      } catch (error) {
        // The unique index decides, and nothing was looked up before.
        if (!(error instanceof UsernameTaken)) throw error;
      }
    }
    throw new UsernameTaken();
  }

  private described({ identity, profile, token }: VerifiedIdentity) {
    const name = identityName(profile);
    return {
      ...identity,
      ...(name !== null && { name }),
      ...(token !== null && { sealedToken: this.seal.seal(token, identity.key) }),
    };
  }

  private async telling<T>(refused: (code: string) => AccountEvent, work: () => Promise<T>) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof DomainError) await this.events.publish(refused(error.code));
      throw error;
    }
  }

  private named(provider: string): { provider: string } {
    return { provider: this.registry.labelOf(provider) };
  }
}
