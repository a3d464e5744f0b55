import { Injectable } from '@nestjs/common';
import type { Request } from 'express';

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
  /** Stands apart from the others. */
  readonly apart?: boolean;
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

  /** @returns the label of the section that a path lies in */
  sectionOf(path: string): string | null {
    return this.sections.find((section) => isWithin(section, path))?.label ?? null;
  }
}

function shown(entries: readonly MenuEntry[], request: Request): object[] {
  return entries
    .filter(({ isShown }) => isShown?.(request) ?? true)
    .map((entry) => ({ ...entry, current: currentState(entry, request.path) }));
}

/** @returns the value of `aria-current` */
function currentState(entry: MenuEntry, path: string): 'page' | 'true' | null {
  if (entry.section) return isWithin(entry, path) ? 'true' : null;
  return entry.path === path ? 'page' : null;
}

function isWithin(section: MenuEntry, path: string): boolean {
  return path === section.path || path.startsWith(`${section.path}/`);
}
