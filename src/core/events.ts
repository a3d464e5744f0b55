import { Injectable } from '@nestjs/common';
import { EventEmitter2, OnEvent } from '@nestjs/event-emitter';

/** Domain events: how a lower module speaks to a higher one without knowing it. */
@Injectable()
export class Events {
  constructor(private readonly emitter: EventEmitter2) {}

  /** Tells every listener and waits for them. A listener's error is logged and does not come back. */
  async publish(event: object): Promise<void> {
    await this.emitter.emitAsync(event.constructor.name, event);
  }
}

/** Marks a provider's method as a listener to events of this class. */
export function On(event: abstract new (...args: never[]) => object): MethodDecorator {
  return OnEvent(event.name, { suppressErrors: true });
}
