import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Server } from 'node:http';
import { SECOND } from '../clock.js';

/** How long a stop waits for requests in flight: Docker kills 10 seconds after it asked. */
const PATIENCE = 8 * SECOND;
const LOOK_EVERY = SECOND / 10;

/** Lets a stop finish what is in flight, and not wait for a client that never finishes. */
@Injectable()
export class Shutdown implements BeforeApplicationShutdown {
  /** Whether the application is on its way out; it takes no new connection then. */
  begun = false;

  constructor(private readonly host: HttpAdapterHost) {}

  beforeApplicationShutdown(): void {
    this.begun = true;
    const server: Server = this.host.httpAdapter.getHttpServer();
    // Nest closes the server after this; a connection kept alive would hold it open.
    const look = setInterval(() => server.closeIdleConnections(), LOOK_EVERY);
    const end = setTimeout(() => server.closeAllConnections(), PATIENCE);
    server.once('close', () => {
      clearInterval(look);
      clearTimeout(end);
    });
  }
}
