import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { Message } from '../domain-error.js';
import { leadingTo, nextOf } from './return-path.js';

/** How things are, beside a line of a menu. */
export interface MenuState {
  readonly text: Message;
  /** Something that is to be done. */
  readonly badge?: Message;
}

/** A line of a menu; the module that has the page adds it. */
export interface MenuEntry {
  readonly path: string;
  /** Key of its words in the message catalogue. */
  readonly label: string;
  /** Lower numbers come first. */
  readonly order: number;
  /** The entry changes something: it is a button that posts to the path. */
  readonly posts?: boolean;
  /** The pages below the path belong to it, and bear its words in their titles. */
  readonly section?: boolean;
  /** Leads on, in its turn, to where the page that it stands on would have led. */
  readonly keepsNext?: boolean;
  /** Stands apart from the others. */
  readonly apart?: boolean;
  /** How things are at the page; read only where a menu shows it. */
  readonly state?: (request: Request) => MenuState | null;
  /** Left out: everybody sees it. */
  readonly isShown?: (request: Request) => boolean;
}

/** The menus by name; views read them as `menus.<name>`. */
@Injectable()
export class Menus {
  private readonly menus = new Map<string, readonly MenuEntry[]>();
  private readonly sections: MenuEntry[] = [];

  add(menu: string, ...entries: readonly MenuEntry[]): void {
    const all = [...(this.menus.get(menu) ?? []), ...entries];
    all.sort((one, other) => one.order - other.order);
    this.menus.set(menu, all);
    this.sections.push(...entries.filter(({ section }) => section));
  }

  /** @returns by name; called by the view, so that only a menu that is shown is put together */
  of(request: Request): Readonly<Record<string, () => object[]>> {
    const menus: Record<string, () => object[]> = {};
    for (const [name, entries] of this.menus) menus[name] = () => shown(entries, request);
    return menus;
  }

  /** @returns the label of the section that a path lies in; the section's own page bears it already */
  sectionOf(path: string): string | null {
    return this.sections.find((section) => isBelow(section, path))?.label ?? null;
  }
}

function shown(entries: readonly MenuEntry[], request: Request): object[] {
  const own = entryOf(entries, request.path);
  return entries
    .filter(({ isShown }) => isShown?.(request) ?? true)
    .map((entry) => ({
      ...entry,
      path: entry.keepsNext ? leadingTo(nextOf(request), entry.path) : entry.path,
      current: entry === own ? currentState(entry, request.path) : null,
      state: () => entry.state?.(request) ?? null,
    }));
}

/** @returns the entry of a page, else the nearest section that the page lies in */
function entryOf(entries: readonly MenuEntry[], path: string): MenuEntry | undefined {
  return entries
    .filter((entry) => entry.path === path || (entry.section && isBelow(entry, path)))
    .toSorted((one, other) => other.path.length - one.path.length)[0];
}

/** @returns the value of `aria-current` */
function currentState(entry: MenuEntry, path: string): 'page' | 'true' {
  return entry.path === path ? 'page' : 'true';
}

function isBelow(section: MenuEntry, path: string): boolean {
  return path.startsWith(`${section.path}/`);
}
