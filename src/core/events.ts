import { Injectable } from '@nestjs/common';
import { EventEmitter2, OnEvent } from '@nestjs/event-emitter';
import { currentRequest } from './http/request-context.js';

/** Where a request came from. */
export interface RequestOrigin {
  readonly requestId: string;
  /** The client's network address. */
  readonly address: string;
  readonly userAgent: string;
}

/** Something that happened. It carries the request that it happened in; none for work of our own. */
export abstract class DomainEvent {
  readonly origin: RequestOrigin | null = originOf(currentRequest());
}

/** How a lower module speaks to a higher one without knowing it. */
@Injectable()
export class Events {
  constructor(private readonly emitter: EventEmitter2) {}

  /**
   * Tells every listener of the event's class and of the classes above it, and waits for them. A
   * listener's error is logged and does not come back.
   */
  async publish(event: DomainEvent): Promise<void> {
    for (const name of familyOf(event)) await this.emitter.emitAsync(name, event);
  }
}

/** Marks a provider's method as a listener to events of this class and of the classes below it. */
export function On(event: abstract new (...args: never[]) => DomainEvent): MethodDecorator {
  return OnEvent(event.name, { suppressErrors: true });
}

function familyOf(event: DomainEvent): string[] {
  const names: string[] = [];
  let prototype: object | null = event;
  while ((prototype = Object.getPrototypeOf(prototype) as object | null)) {
    if (prototype === Object.prototype) break;
    names.push(prototype.constructor.name);
  }
  return names;
}

function originOf(request: ReturnType<typeof currentRequest>): RequestOrigin | null {
  if (!request) return null;
  const { id: requestId, address, userAgent } = request;
  return { requestId, address, userAgent };
}
