import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  Injectable,
  UseFilters,
} from '@nestjs/common';
import { ModuleRef, Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { DomainError } from '../domain-error.js';
import { RefusedForm } from './csrf.guard.js';
import { ErrorPages } from '../pages/error-pages.js';
import { InvalidForm } from './invalid-form.js';
import { Page, SeeOther } from '../pages/page.js';
import { type FieldError, Pages } from '../pages/pages.js';
import { PUBLIC } from '../pages/public.decorator.js';

/** Makes the page that holds a form, by the controller, where it shows more than what was typed. */
export type FormPage<T> = (controller: T, request: Request) => Promise<Page | SeeOther>;

/**
 * Marks a handler as the target of a form: whatever is wrong with what was typed shows this page
 * again, with the values kept and each message beside its field.
 *
 * @param view the page that holds the form; one that leads elsewhere is followed
 */
export function Form<T = unknown>(view: string | FormPage<T>): MethodDecorator {
  return (target, property, descriptor) => {
    @Catch(InvalidForm, DomainError)
    @Injectable()
    class FormFilter implements ExceptionFilter {
      constructor(
        private readonly pages: Pages,
        private readonly errorPages: ErrorPages,
        private readonly reflector: Reflector,
        private readonly modules: ModuleRef,
      ) {}

      async catch(error: InvalidForm | DomainError, host: ArgumentsHost): Promise<void> {
        const request = host.switchToHttp().getRequest<Request>();
        if (error instanceof RefusedForm && !this.mayComeBack(error, request)) {
          return this.errorPages.answer(error, request);
        }
        const { status, headers } = this.errorPages.statusOf(error);
        this.errorPages.note(error, status);
        const errors = errorsOf(error);
        const emptied = passwordsIn(request.body).filter((field) => !(field in errors));
        const rejected = { values: typedValues(request.body), errors, emptied };
        try {
          const page = await this.page(request);
          if (page instanceof SeeOther) {
            return this.pages.redirect(request, page);
          }
          const html = this.pages.render(request, page.with({}, status), rejected);
          request.res?.set(headers).send(html);
        } catch (fault) {
          // The page itself could not be made.
          await this.errorPages.answer(fault, request);
        }
      }

      private async page(request: Request): Promise<Page | SeeOther> {
        if (typeof view === 'string') return new Page(view);
        const controller = this.modules.get<T>(target.constructor, { strict: false });
        return view(controller, request);
      }

      // The values of a form that came from another site are that site's, not the person's. A page
      // that needs a login shows what belongs to the person signed in.
      private mayComeBack(error: RefusedForm, request: Request): boolean {
        return error.ownPage && (request.user !== undefined || this.isPublic());
      }

      private isPublic(): boolean {
        const places = [target.constructor, Reflect.get(target, property)];
        return this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, places) === true;
      }
    }
    UseFilters(FormFilter)(target, property, descriptor);
  };
}

function errorsOf(error: InvalidForm | DomainError): Record<string, FieldError> {
  if (error instanceof InvalidForm) return error.errors;
  return { [error.field ?? '']: { code: error.code, params: error.params } };
}

function passwordsIn(body: unknown): string[] {
  return Object.entries((body ?? {}) as Record<string, unknown>)
    .filter(([field, value]) => isPassword(field) && value)
    .map(([field]) => field);
}

/** @returns the fields of a form that may be kept and shown again: no password, and not the token */
export function typedValues(body: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries((body ?? {}) as Record<string, unknown>).filter(
      (entry): entry is [string, string] =>
        typeof entry[1] === 'string' && entry[0] !== '_csrf' && !isPassword(entry[0]),
    ),
  );
}

function isPassword(field: string): boolean {
  return /password/i.test(field);
}
