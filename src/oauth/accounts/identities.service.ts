import { Injectable } from '@nestjs/common';
import { LoginThrottle } from '../../auth/passwords/login-throttle.js';
import type { PendingLink } from './pending-link.js';
import { Clock } from '../../core/clock.js';
import {
  AccountChangedMeanwhile,
  EmailAlreadyRegistered,
  IdentityTaken,
  UsernameTaken,
} from '../../users/user.errors.js';
import type { Identity, User } from '../../users/user.js';
import { UsersService } from '../../users/users.service.js';
import { TokenRevoker } from './token-revoker.js';
import type { FlowOutcome } from '../flow/authorization-flow.js';
import type { Proved } from '../providers/oauth-provider.js';
import { LastWayIn, OtherIdentity, ProviderLinkedAlready } from '../flow/flow.errors.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import { acceptableEmail, acceptableName } from './profile-fields.js';
import { TokenSeal } from './token-seal.js';
import { usernames } from './suggested-names.js';
import { PendingLinks } from './pending-links.js';

/** What a login through a provider comes to. */
export type Arrived =
  | { readonly kind: 'known' | 'registered'; readonly user: User }
  /** The address belongs to an account here: its person must log in and agree first. */
  | { readonly kind: 'waiting'; readonly waiting: PendingLink };

/**
 * What an identity means here. It is known by provider and subject alone; an address that matches
 * never logs anybody in and links nothing (Sudhodanan and Paverd 2022, OWASP ASVS 6.8.1).
 */
@Injectable()
export class IdentitiesService {
  constructor(
    private readonly users: UsersService,
    private readonly registry: ProviderRegistry,
    private readonly throttle: LoginThrottle,
    private readonly seal: TokenSeal,
    private readonly pendingLinks: PendingLinks,
    private readonly revoker: TokenRevoker,
    private readonly clock: Clock,
  ) {}

  /**
   * Somebody who is not signed in came back from a provider.
   *
   * @param network the client's, for the limit of registrations
   * @param next where they wanted to go, vetted
   * @throws TooManyAttempts
   */
  async arrive(proved: Proved, network: string | null, next: string | null): Promise<Arrived> {
    const { profile } = proved;
    const known = await this.users.findByIdentity(profile);
    if (known) return this.welcome(known, proved);
    const email = acceptableEmail(profile.verifiedEmail);
    const owner = email === null ? null : await this.users.findByEmail(email);
    if (email !== null && owner) {
      // The same person in another tab was faster by less than the two look-ups.
      if (owner.identities.some((each) => isSame(each, profile))) {
        return this.welcome(owner, proved);
      }
      return { kind: 'waiting', waiting: this.pendingLinks.make(proved, email, owner, next) };
    }
    await this.throttle.registration(network);
    try {
      return { kind: 'registered', user: await this.register(proved, email) };
    } catch (error) {
      // Somebody was faster: the same person in another tab, or another holder of the address.
      const faster = error instanceof IdentityTaken || error instanceof EmailAlreadyRegistered;
      if (!faster) throw error;
      return this.arrive(proved, null, next);
    }
  }

  /**
   * Links an identity to the account of the person signed in. A proved address that is the account's
   * own counts as proved from now on.
   *
   * @returns the changed account, or the account as it was when the identity is linked to it already
   * @throws IdentityTaken, ProviderLinkedAlready, AccountChangedMeanwhile
   */
  async link(user: User, { profile, token }: Proved): Promise<User> {
    const { provider, subject, verifiedEmail: provedEmail } = profile;
    const identity = { provider, subject };
    const sealed = token === null ? undefined : this.seal.seal(token, identity);
    const owner = await this.users.findByIdentity(identity);
    // As the person signed in was read: a session that was ended meanwhile must stay so.
    if (owner?.id === user.id) return user;
    const changed = await this.users.link(user, identity, sealed).catch((error: unknown) => {
      throw error instanceof IdentityTaken ? new IdentityTaken(this.named(provider)) : error;
    });
    if (!changed) throw new ProviderLinkedAlready(this.named(provider));
    if (provedEmail !== null) await this.users.verifyEmail(changed, provedEmail);
    return changed;
  }

  /**
   * The person signed in proved who they are by a round trip.
   *
   * @throws OtherIdentity when it is not an identity of their account
   */
  async reauthenticate(user: User, returned: FlowOutcome): Promise<void> {
    const { profile, flow } = returned;
    const owner = await this.users.findByIdentity(profile);
    if (owner?.id !== user.id) {
      throw new OtherIdentity(this.registry.labelOf(profile.provider), flow);
    }
    await this.keepToken(returned);
  }

  /**
   * Takes a linked identity away, never the last way in.
   *
   * @returns the changed account, or null when nothing of this provider was linked
   * @throws LastWayIn, AccountChangedMeanwhile
   */
  async unlink(user: User, provider: string): Promise<User | null> {
    const changed = await this.users.unlink(user, provider, this.registry.usable);
    if (changed) return changed;
    const current = await this.users.findById(user.id);
    if (!current) throw new AccountChangedMeanwhile();
    if (current.identities.some((each) => each.provider === provider)) {
      throw new LastWayIn(this.named(provider));
    }
    return null;
  }

  /**
   * The person logged in to the account that has the address, and agreed.
   *
   * @throws IdentityTaken, ProviderLinkedAlready, AccountChangedMeanwhile
   */
  async connect(user: User, waiting: PendingLink): Promise<User> {
    return this.link(user, this.pendingLinks.provedBy(waiting));
  }

  /**
   * The person wants no link. The grant ends, unless the identity got into use meanwhile: a provider
   * that gives the token for it only once would give none at the next try.
   */
  async decline(waiting: PendingLink): Promise<void> {
    if (!(await this.users.findByIdentity(waiting))) this.revoker.declined(waiting);
  }

  /**
   * The person says that the account with their address is not theirs. Only an address that was never
   * proved moves: it is taken from that account first, so that a crash in between leaves one account
   * without an address and never two claims to it. Nothing else of that account carries over.
   *
   * @throws TooManyAttempts
   */
  async arriveAnew(waiting: PendingLink, network: string | null): Promise<Arrived> {
    await this.throttle.registration(network);
    await this.users.releaseEmail(waiting.userId, waiting.email);
    // Whatever changed meanwhile, the decision is made again.
    return this.arrive(this.pendingLinks.provedBy(waiting), null, waiting.next);
  }

  private async welcome(user: User, proved: Proved): Promise<Arrived> {
    await this.keepToken(proved);
    return { kind: 'known', user };
  }

  private async register(proved: Proved, email: string | null): Promise<User> {
    const { profile, token } = proved;
    const { provider, subject } = profile;
    const now = this.clock.now();
    const name = acceptableName(profile.name);
    const account = {
      ...(name !== null && { name }),
      ...(email !== null && { email, emailVerifiedAt: now }),
      identities: [{ provider, subject, linkedAt: now }],
      ...(token !== null && { sealedTokens: { [provider]: this.seal.seal(token, profile) } }),
    };
    for (const username of usernames(profile)) {
      try {
        return await this.users.register({ username, ...account }, provider);
      } catch (error) {
        // The unique index decides, and nothing was looked up before.
        if (!(error instanceof UsernameTaken)) throw error;
      }
    }
    throw new UsernameTaken();
  }

  private async keepToken({ profile, token }: Proved): Promise<void> {
    if (token !== null) await this.users.keepToken(profile, this.seal.seal(token, profile));
  }

  private named(provider: string): { provider: string } {
    return { provider: this.registry.labelOf(provider) };
  }
}

function isSame(one: Identity, other: Identity): boolean {
  return one.provider === other.provider && one.subject === other.subject;
}
