import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { OneTimeRecords, type Purpose } from '../../core/one-time/one-time-records.js';
import { typedValues } from '../../core/forms/form.decorator.js';
import type { Page } from '../../core/pages/page.js';
import { Pages } from '../../core/pages/pages.js';
import { AccountChanges } from '../../users/account-changes.js';
import type { Session } from '../../users/session.js';
import type { SignedInUser } from '../../users/user.js';
import { Reauthentication, REAUTHENTICATION_WINDOW } from './reauthentication.js';

/** A form that was sent without a fresh authentication. */
export interface HeldForm {
  /** Where it was sent. */
  readonly action: string;
  /** What was typed, without passwords. */
  readonly fields: Readonly<Record<string, string>>;
}

const HELD_FORM: Purpose = { name: 'held form', lifetime: REAUTHENTICATION_WINDOW };

/**
 * Keeps what was typed while the person re-authenticates, and fills the page's form with it afterwards: a
 * one-time record of the account, whose token only the session has.
 */
@Injectable()
export class HeldForms {
  constructor(
    private readonly records: OneTimeRecords,
    private readonly changes: AccountChanges,
    private readonly reauthentication: Reauthentication,
    pages: Pages,
  ) {
    pages.add((request, page) => this.fill(request, page));
  }

  /**
   * @param page that holds the form
   * @throws AccountChangedMeanwhile
   */
  async keep(request: Request, user: SignedInUser, page: string): Promise<void> {
    const form: HeldForm = { action: request.path, fields: typedValues(request.body) };
    // One for each session: a new one takes the place of the one before.
    const token = user.session.heldForm?.token ?? user.session.id;
    await this.records.issue(HELD_FORM, user.id, form, token);
    await this.note(user, { ...user.session, heldForm: { token, page } });
  }

  /** Its button is all that is left to press. */
  private fill(request: Request, page: Page): Promise<Page> | null {
    const user = request.user as SignedInUser | undefined;
    // Express answers HEAD by the GET route, but nobody sees a page: the form must not be spent.
    const isSeen = request.method === 'GET' && user?.session.heldForm !== undefined;
    if (!isSeen || !this.reauthentication.isFresh(request)) return null;
    return this.take(request, user).then((held) =>
      held
        ? page.with({ heldAction: held.action, values: { ...page.values, ...held.fields } })
        : page,
    );
  }

  // The form that waits for this page, once; null when there is none.
  private async take(request: Request, user: SignedInUser): Promise<HeldForm | null> {
    const { heldForm, ...session } = user.session;
    if (heldForm?.page !== request.path) return null;
    await this.note(user, session);
    return this.records.spend<HeldForm>(HELD_FORM, user.id, heldForm.token);
  }

  private async note(user: SignedInUser, session: Session): Promise<void> {
    await this.changes.change(user, () => ({ change: { sessions: { put: session } } }));
  }
}
