import { Controller, Get, Query } from '@nestjs/common';
import { CurrentUser } from '../core/pages/current-user.decorator.js';
import { Page } from '../core/pages/page.js';
import type { User } from '../users/user.js';
import { WaysIn } from '../users/ways-in.js';
import { type ActivityKind, isKnown, KINDS } from './activity-kinds.js';
import type { ActivityRecord } from './activity.schema.js';
import { ActivityService, type Place } from './activity.service.js';
import { timeOf } from './security-notices.js';

const PATH = '/settings/activity';

/** What happened to the account of the person signed in. */
@Controller('settings/activity')
export class ActivityController {
  constructor(
    private readonly activity: ActivityService,
    private readonly waysIn: WaysIn,
  ) {}

  @Get()
  async show(
    @CurrentUser() user: User,
    @Query('kind') wanted?: string,
    @Query('before') before?: string,
  ): Promise<Page> {
    const kind = KINDS.find((each) => each === wanted) ?? null;
    const { records, next } = await this.activity.page(user.id, kind, placeIn(before));
    return new Page('activity/activity', {
      kinds: [null, ...KINDS].map((each) => ({
        label: `activity.kinds.${each ?? 'all'}`,
        path: pathOf(each, null),
        current: each === kind,
      })),
      records: records.map((record) => this.shown(user, record)),
      older: next && pathOf(kind, next),
      newest: before === undefined ? null : pathOf(kind, null),
    });
  }

  private shown(user: User, { name, result, facts, at, browser, address }: ActivityRecord): object {
    const id = facts['method'] ?? facts['provider'] ?? '';
    const way = this.waysIn.of(user).find((each) => each.id === id);
    const isNew = name === 'logged-in' && facts['device'] === 'new';
    return {
      sentence: isNew ? 'logged-in-new' : isKnown(name) ? name : 'other',
      way: way?.label ?? { key: 'activity.way', params: { id } },
      failed: result === 'failure',
      at,
      time: timeOf(at),
      iso: at.toISOString(),
      browser: isBrowser(browser) ? browser : null,
      address: typeof address === 'string' ? address : null,
    };
  }
}

function pathOf(kind: ActivityKind | null, place: Place | null): string {
  const query = new URLSearchParams({
    ...(kind && { kind }),
    ...(place && { before: `${place.at.getTime()}.${place.id}` }),
  });
  return query.size > 0 ? `${PATH}?${query.toString()}` : PATH;
}

/** @returns null for what `pathOf` has not made: the newest are shown */
function placeIn(before = ''): Place | null {
  const [, time, id = ''] = /^(\d{1,15})\.([\w-]{1,64})$/.exec(before) ?? [];
  return time === undefined ? null : { at: new Date(Number(time)), id };
}

// What some other hand has written is not shown.
function isBrowser(value: ActivityRecord['browser']): boolean {
  return typeof value?.browser === 'string' && typeof value.system === 'string';
}
