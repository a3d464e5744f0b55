import { Injectable } from '@nestjs/common';
import { EventEmitter2, OnEvent } from '@nestjs/event-emitter';
import { Clock } from './clock.js';
import { Log } from './http/log.js';
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
  private instant: Date | undefined;

  /** When it happened: known once it is stored or published. */
  get at(): Date {
    if (!this.instant) throw new Error(`${this.constructor.name} has not happened`);
    return this.instant;
  }

  /** Notes when it happened: the instant of the change that it tells of. The first call counts. */
  happened(at: Date): void {
    this.instant ??= at;
  }
}

/** How a lower module speaks to a higher one without knowing it. */
@Injectable()
export class Events {
  constructor(
    private readonly emitter: EventEmitter2,
    private readonly log: Log,
    private readonly clock: Clock,
  ) {}

  /**
   * Tells every listener of the event's class and of the classes above it, and waits for them. A
   * listener's error is logged and does not come back.
   */
  async publish(event: DomainEvent): Promise<void> {
    event.happened(this.clock.now());
    for (const name of familyOf(event)) {
      await Promise.all(this.emitter.listeners(name).map((listener) => this.tell(listener, event)));
    }
  }

  private async tell(
    listener: (...event: DomainEvent[]) => unknown,
    event: DomainEvent,
  ): Promise<void> {
    try {
      await listener(event);
    } catch (error) {
      this.log.fault(error);
    }
  }
}

/** Marks a provider's method as a listener to events of this class and of the classes below it. */
export function On(event: abstract new (...args: never[]) => DomainEvent): MethodDecorator {
  return OnEvent(event.name, { suppressErrors: false });
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
