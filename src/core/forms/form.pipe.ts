import {
  type ArgumentMetadata,
  Injectable,
  type PipeTransform,
  type Type,
  ValidationPipe,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { plainToInstance } from 'class-transformer';
import type { ValidationError } from 'class-validator';
import type { Request } from 'express';
import type { DomainError, MessageParams } from '../domain-error.js';
import { currentRequest } from '../http/request-context.js';
import { InvalidForm } from './invalid-form.js';
import type { FieldError } from '../pages/pages.js';
import { Validator } from './rules.js';

/** The rules of a form that its class can't know: they ask the account, the settings or the database. */
export abstract class FurtherRules<T extends object> {
  /** @param typed the fields that kept the rules of the class; the others are told already */
  abstract mistakes(typed: Partial<T>, request: Request): Promise<DomainError[]>;
}

const FURTHER_RULES = Symbol('further rules');

/** Marks a form that has further rules; what breaks them is told together with the rest. */
export function FurtherRulesIn<T extends object>(
  rules: Type<FurtherRules<T>>,
): (form: Type<T>) => void {
  return (form) => Reflect.defineMetadata(FURTHER_RULES, rules, form);
}

// The rules of a class are its decorators; their `message` is a code of the catalogue.
const fieldRules = new ValidationPipe({
  transform: true,
  // What the form does not have is dropped (mass assignment, CWE-915).
  whitelist: true,
  stopAtFirstError: true,
  validatorPackage: new Validator(),
  exceptionFactory: (errors) => new InvalidForm(Object.fromEntries(errors.map(fieldError))),
});

/** Reads every form, and tells all of its mistakes at once. */
@Injectable()
export class FormPipe implements PipeTransform {
  constructor(private readonly modules: ModuleRef) {}

  /** @throws InvalidForm, and what a further rule throws */
  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const { metatype: form } = metadata;
    const rules = form && this.rulesOf(form);
    // A guard may have read the form already.
    if (!rules || value instanceof form) {
      return fieldRules.transform(value, metadata).catch((error: unknown) => {
        throw error instanceof InvalidForm ? new InvalidForm(inOrder(error.errors, value)) : error;
      });
    }
    let errors: Record<string, FieldError> = {};
    const typed: object = await fieldRules.transform(value, metadata).catch((error: unknown) => {
      if (!(error instanceof InvalidForm)) throw error;
      errors = { ...error.errors };
      return sound(form, value, errors);
    });
    const request = currentRequest()?.request;
    if (!request) throw new Error('A form is read in a request');
    for (const { field = '', code, params } of await rules.mistakes(typed, request)) {
      errors[field] ??= { code, params };
    }
    if (Object.keys(errors).length > 0) throw new InvalidForm(inOrder(errors, value));
    return typed;
  }

  /**
   * Reads the form of a request in a guard, which runs before pipes.
   *
   * @throws InvalidForm
   */
  async read<T extends object>(request: Request, form: Type<T>): Promise<T> {
    const typed = await this.transform(request.body ?? {}, { type: 'body', metatype: form });
    request.body = typed;
    // Made by the class-transformer as an instance of it.
    return typed as T;
  }

  private rulesOf(form: Type): FurtherRules<object> | null {
    const rules = Reflect.getMetadata(FURTHER_RULES, form) as
      Type<FurtherRules<object>> | undefined;
    return rules ? this.modules.get(rules, { strict: false }) : null;
  }
}

function sound(form: Type, value: unknown, errors: object): object {
  const typed = plainToInstance(form, value) as object;
  const kept = Object.entries(typed).filter(([field]) => !(field in errors));
  return Object.fromEntries(kept);
}

// As the fields were sent, which is as they stand on the page.
function inOrder(
  errors: Readonly<Record<string, FieldError>>,
  value: unknown,
): Record<string, FieldError> {
  const fields = Object.keys(value ?? {});
  const place = (field: string) => (fields.includes(field) ? fields.indexOf(field) : Infinity);
  return Object.fromEntries(
    Object.entries(errors).toSorted(([one], [other]) => place(one) - place(other)),
  );
}

function fieldError({ property, constraints, contexts }: ValidationError): [string, FieldError] {
  const [[rule, code] = ['', 'invalid']] = Object.entries(constraints ?? {});
  const params = (contexts?.[rule] ?? {}) as MessageParams;
  return [property, { code, params }];
}
