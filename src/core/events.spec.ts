import { type INestApplicationContext, Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import type { Request, Response } from 'express';
import { setImmediate as turn } from 'node:timers/promises';
import { DomainEvent, Events, On } from './events.js';
import { Clock, SystemClock } from './clock.js';
import { Log } from './http/log.js';
import { requestContext } from './http/request-context.js';

abstract class Happening extends DomainEvent {}
class Rain extends Happening {}
class Storm extends Rain {}
class Snow extends Happening {}

const heard: string[] = [];
const logged: unknown[] = [];

@Injectable()
class Listener {
  @On(Happening)
  async family(event: Happening): Promise<void> {
    await turn();
    heard.push(`family ${event.constructor.name}`);
  }

  @On(Rain)
  rain(event: Rain): void {
    heard.push(`rain ${event.constructor.name}`);
  }

  @On(Snow)
  snow(): void {
    throw new Error('a listener that fails');
  }
}

let context: INestApplicationContext;
let events: Events;
beforeAll(async () => {
  const module = {
    module: class {},
    imports: [EventEmitterModule.forRoot()],
    // Of the log it is asked for this alone.
    providers: [
      Events,
      Listener,
      { provide: Clock, useClass: SystemClock },
      { provide: Log, useValue: { fault: (error: unknown) => logged.push(error) } },
    ],
  };
  context = await NestFactory.createApplicationContext(module, {
    logger: false,
    abortOnError: false,
  });
  events = context.get(Events);
});
afterAll(() => context.close());
beforeEach(() => {
  heard.length = 0;
});

describe('an event', () => {
  it('is told to the listeners of its class and of those above it, and waits for them', async () => {
    await events.publish(new Rain());
    expect(heard.toSorted()).toEqual(['family Rain', 'rain Rain']);
  });

  it('is told as what it is to the listeners of a class above', async () => {
    await events.publish(new Storm());
    expect(heard.toSorted()).toEqual(['family Storm', 'rain Storm']);
  });

  it('is told to every listener though one of them fails, and publishing does not fail', async () => {
    await events.publish(new Snow());
    expect(heard).toEqual(['family Snow']);
    expect(logged.map(String).join('\n')).toContain('a listener that fails');
  });

  it('carries where the request came from that it happened in', async () => {
    const request = { ip: '198.51.100.7', get: () => 'Firefox' } as unknown as Request;
    const response = { locals: {} } as Response;
    const event = await new Promise<DomainEvent>((resolve) => {
      requestContext(request, response, () => void turn().then(() => resolve(new Rain())));
    });
    expect(event.origin).toEqual({
      requestId: response.locals['requestId'],
      address: '198.51.100.7',
      userAgent: 'Firefox',
    });
  });

  it('says when it happened: as whoever changed something noted first, else when it is published', async () => {
    const [noted, other] = [new Rain(), new Rain()];
    expect(() => noted.at).toThrow('Rain has not happened');
    noted.happened(new Date(1000));
    noted.happened(new Date(2000));
    const before = new Date();
    await events.publish(noted);
    await events.publish(other);
    expect(noted.at).toEqual(new Date(1000));
    expect(other.at.getTime()).toBeGreaterThanOrEqual(before.getTime());
  });

  it('carries no origin when it happens outside of a request', () => {
    expect(new Rain().origin).toBeNull();
  });
});
