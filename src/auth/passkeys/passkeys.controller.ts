import { Body, Controller, Get, Param, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { Form } from '../../core/forms/form.decorator.js';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { NotSensitive } from '../../core/pages/not-sensitive.decorator.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import type { SignedInUser, User } from '../../users/user.js';
import { Reauthenticated } from '../reauthentication/reauthenticated.decorator.js';
import { LoginSession } from '../session/login-session.js';
import { Ceremonies, type Place } from './ceremonies.js';
import { PasskeyForm, PasskeyNameForm } from './passkey.form.js';
import { PasskeyList } from './passkey-list.js';
import { PasskeysService } from './passkeys.service.js';

const PAGE = '/settings/security/passkeys';
const ADD = '/settings/security/passkeys/add';

/** The passkeys of the account: added, named, removed. */
@Controller('settings/security')
export class PasskeysController {
  constructor(
    private readonly passkeys: PasskeysService,
    private readonly list: PasskeyList,
    private readonly ceremonies: Ceremonies,
    private readonly sessions: LoginSession,
  ) {}

  @Get('passkeys')
  show(@CurrentUser() user: User): Page {
    return new Page('auth/passkeys', {
      passkeys: this.list.of(user),
      signal: JSON.stringify(this.list.signalFor(user)),
    });
  }

  @Get('passkeys/add')
  @Reauthenticated({ page: ADD })
  async showAdd(@CurrentUser() user: SignedInUser): Promise<Page> {
    const options = await this.ceremonies.creation(placeOf(user), user);
    return new Page('auth/add-passkey', { options: JSON.stringify(options) });
  }

  @Post('passkeys/add')
  @Reauthenticated({ page: ADD })
  @Form((controller: PasskeysController, { user }: Request) =>
    // Behind the guard of signed-in people.
    controller.showAdd(user as SignedInUser),
  )
  async add(
    @Req() request: Request,
    @CurrentUser() user: SignedInUser,
    @Body() { passkey }: PasskeyForm,
  ): Promise<SeeOther> {
    const made = await this.ceremonies.made(placeOf(user), passkey);
    await this.sessions.renewAlone(request, user, (sessions) =>
      this.passkeys.add(user, made, sessions),
    );
    return new SeeOther(PAGE).with('success', 'passkey-added');
  }

  @Post('decline-passkey')
  @NotSensitive('From then on less is offered.')
  async decline(@CurrentUser() user: SignedInUser): Promise<SeeOther> {
    await this.passkeys.decline(user);
    return new SeeOther('/').with('info', 'passkey-declined');
  }

  @Get('passkeys/:passkey')
  showOne(@CurrentUser() user: User, @Param('passkey') handle: string): Page {
    const passkey = this.list.of(user).find((each) => each.handle === handle);
    return passkey ? new Page('auth/passkey', { passkey, values: { name: passkey.name } }) : gone();
  }

  @Post('passkeys/:passkey')
  @NotSensitive('A name changes nothing that a passkey opens.')
  @Form((controller: PasskeysController, { user, params }: Request) =>
    // Behind the guard of signed-in people.
    Promise.resolve(controller.showOne(user as SignedInUser, String(params['passkey']))),
  )
  async rename(
    @CurrentUser() user: SignedInUser,
    @Param('passkey') handle: string,
    @Body() { name }: PasskeyNameForm,
  ): Promise<Page | SeeOther> {
    const changed = await this.passkeys.rename(user, handle, name);
    return changed ? new SeeOther(PAGE).with('success', 'passkey-renamed') : gone();
  }

  @Post('passkeys/:passkey/remove')
  @Reauthenticated({ page: PAGE })
  async remove(
    @Req() request: Request,
    @CurrentUser() user: SignedInUser,
    @Param('passkey') handle: string,
  ): Promise<Page | SeeOther> {
    const changed = await this.sessions.renewAlone(request, user, (sessions) =>
      this.passkeys.remove(user, handle, sessions),
    );
    return changed ? new SeeOther(PAGE).with('success', 'passkey-removed') : gone();
  }
}

// Pressed twice, removed in another tab, or never this account's: from here they look the same.
function gone(): Page {
  return new Page('auth/passkey', {}, 404);
}

// The id of a session changes with each re-authentication, and what is shown must not.
function placeOf({ id, session }: SignedInUser): Place {
  return { ceremony: 'add', holder: `${id} ${session.startedAt.toISOString()}` };
}
